#include "medgraft/statistics/bootstrap.h"

#include <algorithm>
#include <atomic>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <thread>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

constexpr double kLow = 0.025, kHigh = 0.975;

double quantile(const std::vector<double>& sorted, double probability) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] +
         (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

void sort_defined(std::vector<double>& values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
}

}  // namespace

void draw_patients(uint64_t seed, int64_t index, std::span<double> counts) {
  std::fill(counts.begin(), counts.end(), 0);
  Rng rng(mix_key({seed, static_cast<uint64_t>(index)}));
  for (size_t i = 0; i < counts.size(); ++i) ++counts[rng.below(counts.size())];
}

std::vector<double> bootstrap(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute) {
  std::vector<double> values(static_cast<size_t>(replicates * figures));
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    std::vector<double> counts(static_cast<size_t>(patients));
    for (int64_t b = next++; b < replicates; b = next++) {
      draw_patients(seed, b, counts);
      compute(counts, std::span(values).subspan(static_cast<size_t>(b * figures),
                                                static_cast<size_t>(figures)));
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return values;
}

Interval percentile_interval(double estimate, std::vector<double> values) {
  sort_defined(values);
  return {estimate, quantile(values, kLow), quantile(values, kHigh)};
}

Interval bias_corrected_interval(double estimate, std::vector<double> values) {
  sort_defined(values);
  const auto size = static_cast<double>(values.size());
  const auto below = static_cast<double>(
      std::lower_bound(values.begin(), values.end(), estimate) - values.begin());
  const auto upto = static_cast<double>(
      std::upper_bound(values.begin(), values.end(), estimate) - values.begin());
  const double share = (below + upto) / 2 / size;
  if (!(share > 0 && share < 1)) {
    return {estimate, quantile(values, kLow), quantile(values, kHigh)};
  }
  const boost::math::normal normal;
  const double bias = boost::math::quantile(normal, share);
  const auto at = [&](double probability) {
    return quantile(
        values,
        boost::math::cdf(normal, 2 * bias + boost::math::quantile(normal, probability)));
  };
  return {estimate, at(kLow), at(kHigh)};
}

double bootstrap_p(std::span<const double> differences) {
  double at_most_zero = 0, at_least_zero = 0, count = 0;
  for (const double value : differences) {
    if (std::isnan(value)) continue;
    ++count;
    at_most_zero += value <= 0;
    at_least_zero += value >= 0;
  }
  const double tail = (1 + std::min(at_most_zero, at_least_zero)) / (count + 1);
  return std::min(1.0, 2 * tail);
}

double variance(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  if (count < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - sum / count) * (value - sum / count);
  }
  return squares / (count - 1);
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double running = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    running =
        std::max(running, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
    adjusted[order[i]] = running;
  }
  return adjusted;
}

}  // namespace medgraft::statistics
