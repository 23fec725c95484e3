#include "medgraft/statistics/thresholds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Scores of one class, ascending.
std::vector<double> of_class(std::span<const double> scores,
                             std::span<const double> labels, bool positive) {
  std::vector<double> own;
  for (size_t i = 0; i < scores.size(); ++i) {
    if ((labels[i] > 0.5) == positive) own.push_back(scores[i]);
  }
  std::sort(own.begin(), own.end());
  return own;
}

// The fewest of n whose share, rounded as k / n is, reaches the target: 9 of 10 for 0.9.
size_t fewest(double target, size_t n) {
  const auto size = static_cast<double>(n);
  auto k = static_cast<size_t>(std::floor(target * size));
  k -= k > 0;
  while (k < n && static_cast<double>(k) / size < target) ++k;
  return k;
}

}  // namespace

double threshold_of_sensitivity(std::span<const double> scores,
                                std::span<const double> labels, double target) {
  const auto positives = of_class(scores, labels, true);
  if (positives.empty()) return kUndefined;
  return positives[positives.size() - fewest(target, positives.size())];
}

double threshold_of_specificity(std::span<const double> scores,
                                std::span<const double> labels, double target) {
  const auto negatives = of_class(scores, labels, false);
  if (negatives.empty()) return kUndefined;
  const double last_below = negatives[fewest(target, negatives.size()) - 1];
  double lowest = kUndefined;  // Of the scores above it.
  for (const double score : scores) {
    if (score > last_below && !(score >= lowest)) lowest = score;
  }
  return lowest;
}

}  // namespace medgraft::statistics
