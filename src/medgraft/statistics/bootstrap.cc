#include "medgraft/statistics/bootstrap.h"

#include <algorithm>
#include <atomic>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <future>
#include <limits>
#include <numeric>

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

template <class Count>
void draw(uint64_t seed, int64_t index, std::span<Count> counts) {
  std::fill(counts.begin(), counts.end(), Count{0});
  Rng rng(mix_key({seed, static_cast<uint64_t>(index)}));
  for (size_t i = 0; i < counts.size(); ++i) ++counts[rng.below(counts.size())];
}

// Efron's acceleration from leave-out estimates: a sixth of their skewness.
double acceleration(std::span<const double> jackknife) {
  std::vector<double> defined(jackknife.begin(), jackknife.end());
  std::erase_if(defined, [](double value) { return std::isnan(value); });
  const double mean = std::accumulate(defined.begin(), defined.end(), 0.0) /
                      static_cast<double>(defined.size());
  double squares = 0, cubes = 0;
  for (const double value : defined) {
    const double influence = mean - value;
    squares += influence * influence;
    cubes += influence * influence * influence;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

}  // namespace

void draw_patients(uint64_t seed, int64_t index, std::span<double> counts) {
  draw(seed, index, counts);
}

void draw_patients(uint64_t seed, int64_t index, std::span<uint16_t> counts) {
  draw(seed, index, counts);
}

void for_each_index(int64_t count, int threads,
                    const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next{0};
  const auto take_all = [&] {
    for (int64_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::future<void>> others;
  for (int64_t i = 1; i < std::min<int64_t>(threads, count); ++i) {
    others.push_back(std::async(std::launch::async, take_all));
  }
  take_all();
  for (auto& other : others) other.get();
}

std::vector<double> bootstrap(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute) {
  std::vector<double> values(static_cast<size_t>(replicates * figures));
  for_each_index(replicates, threads, [&](int64_t b) {
    std::vector<double> counts(static_cast<size_t>(patients));
    draw_patients(seed, b, counts);
    compute(counts, std::span(values).subspan(static_cast<size_t>(b * figures),
                                              static_cast<size_t>(figures)));
  });
  return values;
}

std::vector<double> values_of_figure(std::span<const double> values, size_t figures,
                                     size_t figure) {
  std::vector<double> out;
  for (size_t at = figure; at < values.size(); at += figures) out.push_back(values[at]);
  return out;
}

Interval percentile_interval(double estimate, std::vector<double> values) {
  sort_defined(values);
  return {estimate, quantile(values, kLow), quantile(values, kHigh)};
}

Interval bias_corrected_interval(double estimate, std::vector<double> values) {
  return bca_interval(estimate, std::move(values), {});
}

std::vector<int64_t> jackknife_groups(int64_t patients) {
  constexpr int64_t kMostPatients = 1000, kGroups = 500;
  std::vector<int64_t> groups(static_cast<size_t>(patients));
  std::iota(groups.begin(), groups.end(), int64_t{0});
  if (patients <= kMostPatients) return groups;
  // Shuffled: neighbours in a file are often alike (one site, one scanner).
  Rng rng(mix_key({static_cast<uint64_t>(patients)}));
  shuffle(std::span(groups), rng);
  for (auto& group : groups) group %= kGroups;
  return groups;
}

Interval bca_interval(double estimate, std::vector<double> values,
                      std::span<const double> jackknife) {
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
  const double skew = acceleration(jackknife);
  const auto at = [&](double probability) {
    const double shifted = bias + boost::math::quantile(normal, probability);
    const double room = 1 - skew * shifted;  // Not positive: beyond every resample.
    if (room <= 0) return quantile(values, shifted > 0 ? 1 : 0);
    return quantile(values, boost::math::cdf(normal, bias + shifted / room));
  };
  return {estimate, at(kLow), at(kHigh)};
}

Interval reflected_interval(double estimate, std::vector<double> values, double least) {
  const auto [_, low, high] = percentile_interval(estimate, std::move(values));
  if (std::isnan(low)) return {estimate, low, high};
  return {estimate, std::max(least, 2 * estimate - high),
          std::max(least, 2 * estimate - low)};
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
