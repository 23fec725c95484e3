#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/statistics/fairness.h"
#include "medgraft/statistics/gaps.h"

namespace medgraft::statistics {

/// How patients are divided into groups.
struct Grouping {
  std::vector<int32_t> group_of_patient;  ///< [patients] from 0; -1: in none.
  std::vector<int32_t> patient_of_row;    ///< [rows] from 0.
  int32_t num_groups = 0;
};

struct GapTestOptions {
  int64_t permutations = 2000;
  int64_t min_group = 20;  ///< Patients that a figure's denominator needs.
  uint64_t seed = 0;
  int threads = 1;
};

struct GapTest {
  Gaps gaps;
  /// (1 + permutations with as large a gap) / (1 + permutations); of the worst group,
  /// with as low an AUROC. NaN where the gap is.
  std::array<double, kNumGapKinds> p;
};

/// Tests that a gap is more than chance by permuting the groups over patients. What a
/// figure conditions on is kept: AUROC, TPR, FPR, equalized odds and the worst group are
/// permuted among patients of the same labels, PPV among patients of the same
/// predictions, ECE and demographic parity among all; so a difference in prevalence alone
/// is no gap. Patterns of labels that fewer than 20 patients show are permuted together
/// where as many labels are positive. Which groups are eligible is fixed beforehand.
/// @param samples one a label, over the rows of `grouping`.
GapTest test_gaps(std::span<const GroupedSample> samples, const Grouping& grouping,
                  const GapTestOptions& options);

/// The same with eligibility decided by the caller, [samples, groups].
GapTest test_gaps(std::span<const GroupedSample> samples, const Grouping& grouping,
                  std::span<const Eligible> eligible, const GapTestOptions& options);

}  // namespace medgraft::statistics
