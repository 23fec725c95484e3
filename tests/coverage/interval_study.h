#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage/pools.h"
#include "coverage/sample.h"
#include "coverage/truth.h"
#include "medgraft/statistics/delong.h"

namespace medgraft::coverage {

/// One interval of one data set, and what it should hold.
struct Outcome {
  std::string metric, method;
  double truth = 0;
  statistics::Interval interval;
};

/// What the data sets of a condition share.
struct IntervalPools {
  IntervalPools(int64_t patients, int64_t replicates, uint64_t seed)
      : resamples(patients, replicates, seed), jackknife(jackknife_blocks(patients)) {}

  ResamplePool resamples;
  std::vector<statistics::LaneCounts> jackknife;
};

/// Every interval method of every metric for one data set, always in the same order.
/// @param set its number, which picks its resamples.
std::vector<Outcome> interval_outcomes(const Condition& condition, const Truth& truth,
                                       const Sample& sample, const IntervalPools& pools,
                                       uint64_t set);

}  // namespace medgraft::coverage
