#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// How well a model's own outputs tell out-of-distribution cases from those of `id`.
/// @param ood views of splits named ood-NAME. @param training whose features the scores
/// from features are fitted on; null: these are undefined.
/// @return {NAME: {SCORE: {"auroc", "fpr95", "aupr_in", "aupr_out": VALUE}}}; scores from
/// features also say what they were fitted on. SCORE: msp entropy energy max_logit
/// mahalanobis relative_mahalanobis knn.
nlohmann::json ood_detection_json(const SplitView& id, const std::vector<SplitView>& ood,
                                  const SplitView* training,
                                  const EvaluateOptions& options);

/// @return NAME of a split ood-NAME; other splits' names as they are.
std::string ood_name(const std::string& split);

}  // namespace medgraft::evaluation
