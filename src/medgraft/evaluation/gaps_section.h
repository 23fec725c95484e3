#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "medgraft/evaluation/group_replicates.h"
#include "medgraft/evaluation/grouped_labels.h"
#include "medgraft/statistics/gaps.h"

namespace medgraft::evaluation {

/// "auroc", "tpr", ..., "equalized_odds_difference", "worst_group".
const char* name_of(statistics::GapKind kind);

/// {ATTRIBUTE: {GAP: VALUE}} of every attribute that is no intersection, each with its
/// groups and the p of a permutation test, adjusted by Holm over the attributes of a gap
/// (STATISTICS.md section 5). With several labels gaps are of the means over labels.
nlohmann::json gaps_json(const SplitView& view, const GroupedLabels& labels,
                         std::span<const EligibleGroups> attributes,
                         const EvaluateOptions& options);

/// How often groups are permuted: options.replicates, fewer where the split is large.
int64_t gap_permutations(const GroupedLabels& labels,
                         std::span<const EligibleGroups> attributes,
                         const EvaluateOptions& options);

/// Adjusts each entry's "p", where it is one, into "p_adjusted".
/// Source: Holm 1979.
void adjust_by_holm(const std::vector<nlohmann::json*>& family);

}  // namespace medgraft::evaluation
