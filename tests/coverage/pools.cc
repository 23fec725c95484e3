#include "coverage/pools.h"

#include <algorithm>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::coverage {
namespace {

using statistics::kLanes;
using statistics::LaneCounts;

constexpr size_t kPoolFactor = 8;

}  // namespace

LanePool::LanePool(int64_t patients, int64_t replicates,
                   const std::function<void(int64_t, std::span<uint16_t>)>& fill)
    : blocks_of_set_((static_cast<size_t>(replicates) + kLanes - 1) / kLanes),
      blocks_(kPoolFactor * blocks_of_set_, LaneCounts(patients)) {
  std::vector<uint16_t> counts(static_cast<size_t>(patients));
  for (size_t i = 0; i < blocks_.size() * kLanes; ++i) {
    fill(static_cast<int64_t>(i), counts);
    blocks_[i / kLanes].set(i % kLanes, counts);
  }
}

int64_t LanePool::replicates() const {
  return static_cast<int64_t>(blocks_of_set_ * kLanes);
}

const LaneCounts& LanePool::block(uint64_t set, size_t index) const {
  const size_t first = mix_key({set}) % blocks_.size();
  return blocks_[(first + index) % blocks_.size()];
}

ResamplePool::ResamplePool(int64_t patients, int64_t replicates, uint64_t seed)
    : LanePool(patients, replicates, [seed](int64_t index, std::span<uint16_t> counts) {
        statistics::draw_patients(seed, index, counts);
      }) {}

std::vector<LaneCounts> jackknife_blocks(int64_t patients) {
  std::vector<uint16_t> counts(static_cast<size_t>(patients));
  const size_t blocks = (counts.size() + kLanes - 1) / kLanes;
  std::vector<LaneCounts> out(blocks, LaneCounts(patients));
  for (size_t i = 0; i < blocks * kLanes; ++i) {
    std::fill(counts.begin(), counts.end(), uint16_t{1});
    counts[i < counts.size() ? i : 0] = 0;
    out[i / kLanes].set(i % kLanes, counts);
  }
  return out;
}

}  // namespace medgraft::coverage
