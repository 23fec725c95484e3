#include "medgraft/statistics/wilson.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace medgraft::statistics {
namespace {

constexpr double kNormal975 = 1.959963984540054;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Cluster {
  double size = 0, successes = 0;
};

double t975(double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), 0.975);
}

}  // namespace

Interval wilson_interval(double proportion, double trials) {
  if (std::isnan(proportion) || !(trials > 0)) {
    return {proportion, kUndefined, kUndefined};
  }
  const double z2 = kNormal975 * kNormal975;
  const double center = (proportion + z2 / (2 * trials)) / (1 + z2 / trials);
  const double half =
      kNormal975 / (1 + z2 / trials) *
      std::sqrt(proportion * (1 - proportion) / trials + z2 / (4 * trials * trials));
  // 0 and 1 are reached exactly; rounding would leave 1e-17 beside them.
  return {proportion, proportion == 0 ? 0 : std::max(0.0, center - half),
          proportion == 1 ? 1 : std::min(1.0, center + half)};
}

ClusteredProportion clustered_proportion(std::span<const double> successes,
                                         std::span<const int64_t> clusters) {
  std::unordered_map<int64_t, Cluster> sums;
  double found = 0;
  for (size_t i = 0; i < successes.size(); ++i) {
    auto& cluster = sums[clusters[i]];
    const double success = successes[i] > 0.5 ? 1 : 0;
    cluster.size += 1;
    cluster.successes += success;
    found += success;
  }
  const auto n = static_cast<double>(successes.size());
  const auto m = static_cast<double>(sums.size());
  ClusteredProportion out;
  out.trials = out.effective_size = n;
  out.value = n > 0 ? found / n : kUndefined;
  out.is_clustered = m < n;
  if (!out.is_clustered) return out;
  const double binomial = out.value * (1 - out.value) / n;
  if (binomial == 0 || m < 2) {
    out.effective_size = m;
    out.design_effect = n / m;
    return out;
  }
  double squares = 0;
  for (const auto& [_, cluster] : sums) {
    const double residual = cluster.successes - cluster.size * out.value;
    squares += residual * residual;
  }
  out.design_effect = std::max(1.0, m / (m - 1) * squares / (n * n) / binomial);
  const double freedom = t975(n - 1) / t975(m - 1);
  out.effective_size = n / out.design_effect * freedom * freedom;
  return out;
}

Interval wilson_interval(const ClusteredProportion& proportion) {
  return wilson_interval(proportion.value, proportion.effective_size);
}

Interval mean_interval(const Interval& a, const Interval& b) {
  const double value = (a.value + b.value) / 2;
  return {value, value - std::hypot(a.value - a.low, b.value - b.low) / 2,
          value + std::hypot(a.high - a.value, b.high - b.value) / 2};
}

}  // namespace medgraft::statistics
