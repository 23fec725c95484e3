#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "medgraft/evaluation/group_replicates.h"
#include "medgraft/evaluation/grouped_labels.h"

namespace medgraft::evaluation {

/// {"subgroups": {ATTRIBUTE: {GROUP: {METRIC: VALUE}}}, "label_subgroups": {LABEL:
/// {ATTRIBUTE: {GROUP: {METRIC: VALUE}}}}} (STATISTICS.md section 5). With several labels
/// the first are means over those with enough patients; with one label there is no
/// second.
nlohmann::json subgroups_json(const SplitView& view, const GroupedLabels& labels,
                              std::span<const EligibleGroups> attributes,
                              const EvaluateOptions& options);

}  // namespace medgraft::evaluation
