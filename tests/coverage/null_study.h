#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage/condition.h"

namespace medgraft::coverage {

/// A test's p on one data set in which its null hypothesis holds.
struct NullOutcome {
  std::string test, metric;
  double p = 1;
};

/// What is compared under a null hypothesis.
enum class NullKind {
  kModels,  ///< Two models of equal figures: paired DeLong, bootstrap, permutation.
  kCells,   ///< Two arms of three seeds each and equal expected AUROC.
  kGaps,    ///< Three groups of patients that are alike but for their prevalence.
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

/// Every test that applies, always in the same order.
std::vector<NullOutcome> null_outcomes(const NullCondition& condition, int64_t replicates,
                                       uint64_t seed);

}  // namespace medgraft::coverage
