#include "medgraft/statistics/convergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kSmallestTail = 3;
constexpr size_t kTailShare = 10;    // The last tenth.
constexpr double kRounding = 1e-12;  // The mean of 0.8, 0.8 and 0.8 is not 0.8.

int64_t step_before(const ValidationCurve& curve, size_t i) {
  return i == 0 ? 0 : curve.steps[i - 1];
}

double ratio(int64_t a, int64_t b) {
  return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : kUndefined;
}

}  // namespace

double smoothed_final(std::span<const double> values) {
  if (values.empty()) return kUndefined;
  const size_t tenth = (values.size() + kTailShare - 1) / kTailShare;
  const auto tail = values.last(std::min(values.size(), std::max(kSmallestTail, tenth)));
  return std::accumulate(tail.begin(), tail.end(), 0.0) /
         static_cast<double>(tail.size());
}

EventTime first_near_final(const ValidationCurve& curve) {
  const double final_value = smoothed_final(curve.values);
  for (size_t i = 0; i < curve.values.size(); ++i) {
    if (std::abs(curve.values[i] - final_value) <= kConvergenceTolerance + kRounding) {
      return {step_before(curve, i), curve.steps[i], true};
    }
  }
  return {curve.steps.empty() ? 0 : curve.steps.back(), 0, false};
}

EventTime first_at_target(const ValidationCurve& curve, double target,
                          bool higher_is_better) {
  const auto is_there = [&](size_t i) {
    const double excess = curve.values[i] - target;
    return (higher_is_better ? excess : -excess) >= -kRounding;
  };
  const size_t size = curve.values.size();
  for (size_t i = 0; i + 1 < size; ++i) {
    if (is_there(i) && is_there(i + 1)) {
      return {step_before(curve, i), curve.steps[i], true};
    }
  }
  if (size == 0) return {};
  return {is_there(size - 1) ? step_before(curve, size - 1) : curve.steps.back(), 0,
          false};
}

EventSummary median_event(std::span<const EventTime> runs) {
  EventSummary out;
  out.num_runs = static_cast<int64_t>(runs.size());
  std::set<int64_t> times;
  for (const auto& run : runs) {
    out.num_reached += run.reached;
    if (run.reached) times.insert(run.by);
    out.median.after = std::max(out.median.after, run.reached ? run.by : run.after);
  }
  double surviving = 1;
  for (const int64_t time : times) {
    double events = 0, at_risk = 0;
    int64_t after = 0;
    for (const auto& run : runs) {
      at_risk += run.reached ? run.by >= time : run.after >= time;
      if (!run.reached || run.by != time) continue;
      ++events;
      after = run.after;
    }
    surviving *= 1 - events / at_risk;
    if (surviving <= 0.5 + kRounding) {
      out.median = {after, time, true};
      break;
    }
  }
  return out;
}

CensoredInterval time_ratio(const EventTime& a, const EventTime& b) {
  CensoredInterval out;
  if (a.reached) out.high = {ratio(a.by, b.after), Censoring::kNone};
  if (b.reached) out.low = {ratio(a.after, b.by), Censoring::kNone};
  if (a.reached && b.reached) {
    out.value = {ratio(a.by, b.by), Censoring::kNone};
  } else if (a.reached) {
    out.value = {out.high.value, Censoring::kBelow};
  } else if (b.reached) {
    out.value = {out.low.value, Censoring::kAbove};
  }
  return out;
}

std::optional<double> late_gain(const ValidationCurve& curve, bool higher_is_better) {
  if (curve.steps.empty()) return std::nullopt;
  double last = 0, before = 0, num_last = 0, num_before = 0;
  for (size_t i = 0; i < curve.steps.size(); ++i) {
    // In fifths, exactly: 5 x step > 4 x steps.
    if (5 * curve.steps[i] > 4 * curve.steps.back()) {
      last += curve.values[i];
      ++num_last;
    } else if (5 * curve.steps[i] > 3 * curve.steps.back()) {
      before += curve.values[i];
      ++num_before;
    }
  }
  if (num_before == 0) return std::nullopt;
  const double gain = last / num_last - before / num_before;
  return higher_is_better ? gain : -gain;
}

}  // namespace medgraft::statistics
