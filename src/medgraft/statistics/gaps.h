#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "medgraft/statistics/fairness.h"

namespace medgraft::statistics {

/// The largest difference of a figure between two groups; kWorstGroup is the lowest
/// AUROC.
enum class GapKind : uint8_t {
  kAuroc,
  kTpr,
  kFpr,
  kPpv,
  kEce,
  kDemographicParity,  ///< Of the share predicted positive.
  kEqualizedOdds,      ///< The larger of the TPR's and the FPR's gap.
  kWorstGroup,
};
inline constexpr size_t kNumGapKinds = 8;

/// A gap and the groups it lies between; NaN and -1 where fewer than two are eligible.
struct Gap {
  double value = std::numeric_limits<double>::quiet_NaN();
  int32_t high = -1, low = -1;  ///< Groups; of the worst group `low` alone.
};
using Gaps = std::array<Gap, kNumGapKinds>;

/// The largest differences between eligible groups. With several samples (labels) two
/// groups are compared over those in which both are eligible: the mean difference.
/// @param figures, eligible [samples, groups].
/// Source: fairlearn's MetricFrame.difference(method="between_groups").
Gaps largest_gaps(std::span<const GroupFigures> figures,
                  std::span<const Eligible> eligible, size_t num_groups);

}  // namespace medgraft::statistics
