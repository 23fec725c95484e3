#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// {LABEL: [{"threshold", "model", "ci_low", "ci_high", "treat_all"}]} at the thresholds
/// 0.01, 0.03, ..., 0.99; of a class against the rest where there are classes. Pointwise
/// percentile intervals. A label without a labeled case has an empty list.
/// Source: Vickers and Elkin 2006.
nlohmann::json decision_curve_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
