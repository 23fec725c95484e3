#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coverage/interval_study.h"
#include "coverage/null_study.h"

namespace medgraft::coverage {

/// What became of one interval method in many data sets of one condition.
struct IntervalTally {
  std::string metric, method;
  double truth = 0;
  int64_t sets = 0;
  int64_t undefined = 0;    ///< The figure itself: one class only.
  int64_t no_interval = 0;  ///< The figure is defined, its interval is not.
  int64_t below = 0;        ///< The whole interval lies below the truth.
  int64_t above = 0;
  double width_sum = 0;

  void add(const Outcome& outcome);
  int64_t intervals() const { return sets - undefined - no_interval; }
  /// Share of the intervals that hold the truth.
  double coverage() const;
};

/// How often a test rejects a null hypothesis that holds, at 5%.
struct NullTally {
  std::string test, metric;
  int64_t sets = 0, undefined = 0, rejected = 0;

  void add(const NullOutcome& outcome);
  double rejection_rate() const;
};

/// @return one tally for each place of the outcomes' common order.
std::vector<IntervalTally> tally(const std::vector<std::vector<Outcome>>& sets);
std::vector<NullTally> tally(const std::vector<std::vector<NullOutcome>>& sets);

}  // namespace medgraft::coverage
