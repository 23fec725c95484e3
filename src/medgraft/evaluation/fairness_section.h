#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// {"subgroups", "label_subgroups", "gaps", "attributes", "excluded_attributes",
/// "subgroup_replicates", "gap_permutations"} of a split, to be merged into its entry.
/// "attributes" counts the cases without a value and the patients whose cases differ;
/// "excluded_attributes" says why one is left out. Empty where the predictions have no
/// attribute. See subgroups_section.h and gaps_section.h.
/// @throws UserError where options.bins do not fit the attributes.
nlohmann::json fairness_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
