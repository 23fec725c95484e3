#include "medgraft/statistics/isotonic.h"

#include <algorithm>
#include <numeric>

namespace medgraft::statistics {
namespace {

// Adjacent items that share one fitted value.
struct Block {
  double sum = 0, weight = 0, low = 0, high = 0;  ///< low, high: scores at its ends.

  double value() const { return sum / weight; }
};

}  // namespace

double IsotonicMap::operator()(double score) const {
  const auto above = std::lower_bound(x.begin(), x.end(), score);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = static_cast<size_t>(above - x.begin());
  const double slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
  return std::clamp(y[i - 1] + slope * (score - x[i - 1]), y[i - 1], y[i]);
}

IsotonicMap fit_isotonic(std::span<const double> scores, std::span<const double> labels) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  std::vector<Block> blocks;
  for (size_t i = 0; i < order.size();) {
    const double score = scores[order[i]];
    Block block{0, 0, score, score};
    for (; i < order.size() && scores[order[i]] == score; ++i) {
      block.sum += labels[order[i]];
      block.weight += 1;
    }
    // Equal values are pooled too: their knots in between would change nothing.
    while (!blocks.empty() && blocks.back().value() >= block.value()) {
      block.sum += blocks.back().sum;
      block.weight += blocks.back().weight;
      block.low = blocks.back().low;
      blocks.pop_back();
    }
    blocks.push_back(block);
  }
  IsotonicMap map;
  for (const auto& block : blocks) {
    map.x.push_back(block.low);
    map.y.push_back(block.value());
    if (block.high == block.low) continue;
    map.x.push_back(block.high);
    map.y.push_back(block.value());
  }
  return map;
}

}  // namespace medgraft::statistics
