#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "medgraft/statistics/replicate_scores.h"

namespace medgraft::coverage {

/// Weightings of patients that the data sets of a condition share: each takes a run of
/// its own from a pool eight times as long, since drawing costs more than scoring.
class LanePool {
 public:
  /// @param replicates of a data set, rounded up to whole blocks of kLanes.
  /// @param fill writes the weights of replicate `index`, [patients].
  LanePool(int64_t patients, int64_t replicates,
           const std::function<void(int64_t index, std::span<uint16_t>)>& fill);

  size_t blocks_of_set() const { return blocks_of_set_; }
  int64_t replicates() const;
  /// @return the block of a data set, @param index below blocks_of_set.
  const statistics::LaneCounts& block(uint64_t set, size_t index) const;

 private:
  size_t blocks_of_set_;
  std::vector<statistics::LaneCounts> blocks_;
};

/// Bootstrap resamples.
class ResamplePool : public LanePool {
 public:
  ResamplePool(int64_t patients, int64_t replicates, uint64_t seed);
};

/// Each patient left out in turn, in blocks; what the last has to spare leaves out the
/// first.
std::vector<statistics::LaneCounts> jackknife_blocks(int64_t patients);

}  // namespace medgraft::coverage
