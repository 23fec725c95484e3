#include "medgraft/statistics/isotonic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "medgraft/base/error.h"

namespace medgraft::statistics {
namespace {

// Neighbouring x pooled to one value.
struct Block {
  double first, last, mean, weight;
};

void merge(Block& into, const Block& block) {
  const double weight = into.weight + block.weight;
  into.mean = (into.mean * into.weight + block.mean * block.weight) / weight;
  into.weight = weight;
  into.last = block.last;
}

std::vector<size_t> ascending(std::span<const double> x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto less = [&](size_t a, size_t b) { return x[a] < x[b]; };
  if (!std::is_sorted(x.begin(), x.end())) {
    std::stable_sort(order.begin(), order.end(), less);
  }
  return order;
}

}  // namespace

double IsotonicFit::operator()(double place) const {
  if (x.empty() || std::isnan(place)) return std::numeric_limits<double>::quiet_NaN();
  const auto above = std::lower_bound(x.begin(), x.end(), place) - x.begin();
  if (above == 0) return y.front();
  if (above == std::ssize(x)) return y.back();
  const auto i = static_cast<size_t>(above);
  const double share = (place - x[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] + share * (y[i] - y[i - 1]);
}

IsotonicFit isotonic_fit(std::span<const double> x, std::span<const double> y,
                         std::span<const double> weights, Direction direction) {
  MEDGRAFT_CHECK(x.size() == y.size() && (weights.empty() || weights.size() == x.size()),
                 "sizes ", x.size(), ", ", y.size(), ", ", weights.size());
  const double sign = direction == Direction::kIncreasing ? 1 : -1;
  std::vector<Block> blocks;
  const auto order = ascending(x);
  for (size_t i = 0; i < order.size();) {
    Block block{x[order[i]], x[order[i]], 0, 0};
    for (; i < order.size() && x[order[i]] == block.first; ++i) {
      const double weight = weights.empty() ? 1 : weights[order[i]];
      if (weight > 0)
        merge(block, {block.first, block.first, sign * y[order[i]], weight});
    }
    if (block.weight == 0) continue;
    // Pools backwards as long as the values would fall.
    for (; !blocks.empty() && blocks.back().mean >= block.mean; blocks.pop_back()) {
      Block before = blocks.back();
      merge(before, block);
      block = before;
    }
    blocks.push_back(block);
  }
  IsotonicFit fit;
  for (const auto& block : blocks) {
    fit.x.push_back(block.first);
    fit.y.push_back(sign * block.mean);
    if (block.last == block.first) continue;
    fit.x.push_back(block.last);
    fit.y.push_back(sign * block.mean);
  }
  return fit;
}

}  // namespace medgraft::statistics
