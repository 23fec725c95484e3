#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// "top_k" of a split: {"2": VALUE, "3": VALUE, "5": VALUE}, the share of cases whose
/// class is among the k most probable; only k below the number of classes, so empty where
/// predictions are not multi-class. Of equal probabilities the first class comes first,
/// as in accuracy, which is k = 1 (scikit-learn's top_k_accuracy_score takes the last).
/// Intervals are Wilson's, clustered by effective sample size.
nlohmann::json top_k_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
