#include "medgraft/statistics/permutation.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

// Other random numbers than the bootstrap's of the same seed and index.
constexpr uint64_t kStream = 0x7065726d;

void draw_coins(uint64_t seed, int64_t index, std::span<double> coins) {
  Rng rng(mix_key({kStream, seed, static_cast<uint64_t>(index)}));
  for (auto& coin : coins) coin = static_cast<double>(rng.below(2));
}

}  // namespace

std::vector<double> permute_pairs(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute) {
  std::vector<double> values(static_cast<size_t>(replicates * figures));
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    std::vector<double> coins(static_cast<size_t>(patients));
    for (int64_t b = next++; b < replicates; b = next++) {
      draw_coins(seed, b, coins);
      compute(coins, std::span(values).subspan(static_cast<size_t>(b * figures),
                                               static_cast<size_t>(figures)));
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return values;
}

double permutation_p(double observed, std::span<const double> permuted) {
  // A permutation that only reorders the sums of an equal one differs by rounding.
  const double at_least = std::abs(observed) * (1 - 1e-12);
  double extreme = 0, count = 0;
  for (const double value : permuted) {
    if (std::isnan(value)) continue;
    ++count;
    extreme += std::abs(value) >= at_least;
  }
  if (std::isnan(observed) || count == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return (1 + extreme) / (count + 1);
}

}  // namespace medgraft::statistics
