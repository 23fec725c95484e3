#include "medgraft/statistics/debiased_ece.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace medgraft::statistics {
namespace {

// The mean of |x| where x is normal: a folded normal's.
double mean_absolute_normal(double mean, double deviation) {
  if (deviation == 0) return std::abs(mean);
  const double z = mean / deviation;
  return deviation * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2) +
         mean * std::erf(z / std::numbers::sqrt2);
}

}  // namespace

double debiased_ece(std::span<const CalibrationBin> bins) {
  double observed = 0, expected = 0, total = 0;
  for (const auto& bin : bins) {
    if (bin.weight == 0) continue;
    const double rate = bin.label / bin.weight;
    const double deviation = std::sqrt(rate * (1 - rate) / bin.weight);
    const double difference = bin.probability - bin.label;
    observed += std::abs(difference);
    expected += bin.weight * mean_absolute_normal(difference / bin.weight, deviation);
    total += bin.weight;
  }
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::max(0.0, (2 * observed - expected) / total);
}

}  // namespace medgraft::statistics
