#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// "operating_points" of a split: {LABEL: {RULE: {"threshold", "reason", "sensitivity":
/// VALUE, "specificity", "ppv", "npv", "lr_positive"}}} with RULE youden,
/// sensitivity>=0.9 and specificity>=0.9, each frozen on validation. A rule that finds no
/// threshold there has threshold null and its reason alone. Multi-class: each class
/// against the rest. n_cases and n_patients are those of a figure's denominator.
/// @param validation the same model's; null: none.
nlohmann::json operating_points_json(const SplitView& view, const SplitView* validation,
                                     const EvaluateOptions& options);

}  // namespace medgraft::evaluation
