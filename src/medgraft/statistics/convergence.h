#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "medgraft/statistics/censored.h"

namespace medgraft::statistics {

/// A validation metric at each evaluation of one run.
struct ValidationCurve {
  std::vector<int64_t> steps;  ///< [n] ascending, from 1.
  std::vector<double> values;  ///< [n] defined.
};

/// When something happened that is seen at evaluations alone: after step `after`, by step
/// `by` at the latest. Not reached: after `after`, if ever.
struct EventTime {
  int64_t after = 0, by = 0;
  bool reached = false;

  bool operator==(const EventTime&) const = default;
};

/// The median over runs, and how many of them got there.
struct EventSummary {
  EventTime median;
  int64_t num_reached = 0, num_runs = 0;
};

/// How close to its final value a run counts as converged, and what gain in the last
/// fifth of it counts as still improving.
inline constexpr double kConvergenceTolerance = 0.005;

/// @return the smoothed final value: the mean of the last max(3, n / 10 rounded up)
/// values, of all where there are fewer; NaN where there are none.
double smoothed_final(std::span<const double> values);

/// @return the first evaluation within kConvergenceTolerance of the run's own smoothed
/// final value, on either side.
EventTime first_near_final(const ValidationCurve& curve);

/// @return the first of two consecutive evaluations at `target` or better. A run whose
/// last evaluation alone is there has not reached it; its time is censored before that
/// one.
EventTime first_at_target(const ValidationCurve& curve, double target,
                          bool higher_is_better);

/// @return the median: the first evaluation by which at least half of the runs are there,
/// by the Kaplan-Meier estimate, and the evaluation before it. Runs evaluated at the same
/// steps have intervals that do not overlap, where Turnbull's estimate for
/// interval-censored times is this one. Not reached: censored at the last time to which
/// any run was followed.
/// Source: Kaplan and Meier 1958; Turnbull 1976.
EventSummary median_event(std::span<const EventTime> runs);

/// @return a's time over b's, each at the evaluation that saw it, and what the intervals
/// between evaluations leave open; censored where one of them was not reached, undefined
/// where neither was. An end of the interval that has no bound is undefined.
CensoredInterval time_ratio(const EventTime& a, const EventTime& b);

/// @return the mean over the evaluations in the last fifth of the steps less that over
/// the fifth before it, positive where the metric gets better. Nothing where either fifth
/// holds no evaluation.
std::optional<double> late_gain(const ValidationCurve& curve, bool higher_is_better);

}  // namespace medgraft::statistics
