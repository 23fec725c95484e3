#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// "reliability": a list with an entry a label, {"label", "bins", "bins_equal_mass"}, a
/// bin being {"low", "high", "n_cases", "probability", "rate", "ci_low", "ci_high"};
/// multi-class: of each class against the rest, after an entry of the predicted class,
/// whose label is null.
nlohmann::json reliability_json(const SplitView& view);

/// "calibration": {FIGURE: VALUE, ..., "labels": {LABEL: {FIGURE: VALUE}}}; the figures
/// are in docs/metrics/calibration.md.
nlohmann::json calibration_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
