#include "medgraft/statistics/permutation.h"

#include <cmath>
#include <limits>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

// Other random numbers than the bootstrap's of the same seed and index.
constexpr uint64_t kStream = 0x7065726d;

}  // namespace

void draw_exchanges(uint64_t seed, int64_t index, std::span<uint16_t> coins) {
  Rng rng(mix_key({kStream, seed, static_cast<uint64_t>(index)}));
  for (auto& coin : coins) coin = static_cast<uint16_t>(rng.below(2));
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
