#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage/sample.h"
#include "coverage/truth.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/replicate_scores.h"

namespace medgraft::coverage {

/// One interval of one data set, and what it should hold.
struct Outcome {
  std::string metric, method;
  double truth = 0;
  statistics::Interval interval;
};

/// Resamples of patients that the data sets of a condition share: each takes a run of its
/// own from a pool eight times as long, since drawing costs more than scoring.
class ResamplePool {
 public:
  /// @param replicates of a data set, rounded up to whole blocks of kLanes.
  ResamplePool(int64_t patients, int64_t replicates, uint64_t seed);

  size_t blocks_of_set() const { return blocks_of_set_; }
  /// @return the block of a data set, @param index below blocks_of_set.
  const statistics::LaneCounts& block(uint64_t set, size_t index) const;
  /// Each patient left out in turn, in blocks; the last is filled up with the first
  /// patient's.
  const std::vector<statistics::LaneCounts>& jackknife() const { return jackknife_; }

 private:
  size_t blocks_of_set_;
  std::vector<statistics::LaneCounts> blocks_, jackknife_;
};

/// Every interval method of every metric for one data set, always in the same order.
/// @param set its number, which picks its resamples.
std::vector<Outcome> interval_outcomes(const Condition& condition, const Truth& truth,
                                       const Sample& sample, const ResamplePool& pool,
                                       uint64_t set);

}  // namespace medgraft::coverage
