#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// Adds what compares a model's OOD splits with its test split: `shift` to each of
/// those, `ood_detection` and, of corrupted copies, `corruptions` to `test`. Nothing
/// where there is no test split. Scores from features are fitted on `train`, else on
/// `val`.
/// @param views all splits of one model. @param temperature frozen on validation.
/// @param splits the model's "splits" of evaluation.json.
void add_shift_sections(const std::map<std::string, SplitView>& views,
                        std::optional<double> temperature, const EvaluateOptions& options,
                        nlohmann::json& splits);

}  // namespace medgraft::evaluation
