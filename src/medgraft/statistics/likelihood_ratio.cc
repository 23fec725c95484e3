#include "medgraft/statistics/likelihood_ratio.h"

#include <cmath>
#include <limits>
#include <unordered_map>

namespace medgraft::statistics {
namespace {

constexpr double kNormal975 = 1.959963984540054;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Rates {
  double positives = 0, negatives = 0, true_positives = 0, false_positives = 0;
};

Rates count(std::span<const double> calls, std::span<const double> labels) {
  Rates out;
  for (size_t i = 0; i < calls.size(); ++i) {
    const bool positive = labels[i] > 0.5, called = calls[i] > 0.5;
    (positive ? out.positives : out.negatives) += 1;
    if (called) (positive ? out.true_positives : out.false_positives) += 1;
  }
  return out;
}

}  // namespace

Interval positive_likelihood_ratio(std::span<const double> calls,
                                   std::span<const double> labels,
                                   std::span<const int64_t> clusters) {
  const auto at = count(calls, labels);
  const double sensitivity = at.true_positives / at.positives;
  const double false_alarms = at.false_positives / at.negatives;
  const double ratio = sensitivity / false_alarms;
  if (!(at.true_positives > 0 && at.false_positives > 0)) {
    return {ratio, kUndefined, kUndefined};
  }
  // What each patient adds to log sensitivity - log false alarms, linearized.
  std::unordered_map<int64_t, double> influence;
  for (size_t i = 0; i < calls.size(); ++i) {
    const double called = calls[i] > 0.5 ? 1 : 0;
    influence[clusters[i]] += labels[i] > 0.5
                                  ? (called - sensitivity) / at.true_positives
                                  : (false_alarms - called) / at.false_positives;
  }
  double variance = 0;
  for (const auto& [_, value] : influence) variance += value * value;
  const auto patients = static_cast<double>(influence.size());
  if (influence.size() < calls.size()) {
    if (patients < 2) return {ratio, kUndefined, kUndefined};
    variance *= patients / (patients - 1);
  }
  const double half = kNormal975 * std::sqrt(variance);
  return {ratio, ratio * std::exp(-half), ratio * std::exp(half)};
}

}  // namespace medgraft::statistics
