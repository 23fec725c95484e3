#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage/condition.h"
#include "coverage/pools.h"

namespace medgraft::coverage {

/// A test's p on one data set in which its null hypothesis holds.
struct NullOutcome {
  std::string test, metric;
  double p = 1;
};

/// What is compared under a null hypothesis.
enum class NullKind {
  kModels,  ///< Two models of equal figures: paired DeLong, bootstrap, permutation.
  kCells,   ///< Two arms of three seeds each, of equal distribution.
  kGaps,    ///< Three groups of patients that are drawn by lot.
};

struct NullCondition {
  NullKind kind = NullKind::kModels;
  Condition population;
  /// Cells: standard deviation that seeds bring to the separation of the classes.
  double seed_deviation = 0;

  std::string name() const;
};

/// Cheap ones first.
std::vector<NullCondition> all_null_conditions();

/// What the data sets of a null condition share: resamples, and exchanges of the two
/// models' predictions (of patients, then of as many for the other model).
struct NullPools {
  NullPools(const NullCondition& condition, int64_t replicates, uint64_t seed);

  ResamplePool resamples;
  LanePool exchanges;
};

/// Every test that applies, always in the same order.
/// @param set the data set's number. @param seed of its random numbers.
std::vector<NullOutcome> null_outcomes(const NullCondition& condition,
                                       const NullPools& pools, uint64_t set,
                                       uint64_t seed);

}  // namespace medgraft::coverage
