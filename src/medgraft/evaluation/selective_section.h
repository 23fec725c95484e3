#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// "selective": {"aurc": VALUE, "e_aurc": VALUE, "accuracy_at_coverage": {"0.5": VALUE,
/// ...}, "curve": [{"coverage", "risk"}], "labels"}; of several labels each figure is the
/// mean over them, and "labels" has the same of each without the curve.
nlohmann::json selective_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
