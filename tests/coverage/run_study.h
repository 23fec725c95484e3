#pragma once

#include <cstdint>
#include <vector>

#include "coverage/tally.h"

namespace medgraft::coverage {

struct StudyOptions {
  int64_t sets = 2000;        ///< Data sets of a condition.
  int64_t replicates = 1000;  ///< Of the bootstrap, and permutations, of a data set.
  uint64_t seed = 0;          ///< Of everything that is drawn.
  int threads = 1;            ///< Any number gives the same result.
};

std::vector<IntervalTally> study_intervals(const Condition& condition,
                                           const StudyOptions& options);
std::vector<NullTally> study_null(const NullCondition& condition,
                                  const StudyOptions& options);

}  // namespace medgraft::coverage
