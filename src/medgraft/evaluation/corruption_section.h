#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// How much worse a model gets on corrupted copies of the cases of `id`: the balanced
/// error, 1 - balanced accuracy at the frozen thresholds, as MedMNIST-C's but not divided
/// by another network's.
/// @param ood views; those named ood-NAME-S, S from 1 to 5, whose cases all are `id`'s
/// are its corrupted copies, and others are left alone.
/// @return {"clean", "mean", "increase": VALUE, "by_corruption": {NAME: {"by_severity":
/// {S: VALUE}, "mean", "increase": VALUE}}}; empty where there is no corrupted copy.
/// Source: Hendrycks and Dietterich 2019, arXiv:1903.12261; Di Salvo et al. 2024,
/// arXiv:2406.17536.
nlohmann::json corruptions_json(const SplitView& id, const std::vector<SplitView>& ood,
                                const EvaluateOptions& options);

}  // namespace medgraft::evaluation
