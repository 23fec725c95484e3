#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// "discrimination" of a split: {LABEL: {"n_positive", "n_negative", "reason",
/// "roc": [{"fpr", "tpr", "ci_low", "ci_high", "band_low", "band_high"}],
/// "pr": [{"recall", "precision", "ci_low", "ci_high", "band_low", "band_high"}],
/// "partial_auroc": {"fpr<=0.1": VALUE, "tpr>=0.9": VALUE},
/// "partial_area": the same areas unscaled}}. Partial AUROCs are McClish's: chance is
/// 0.5. ci_* hold a point, band_* the whole curve, with 95%; null without replicates.
/// Multi-class: each class against the rest. A label with one class has empty curves and
/// a reason.
nlohmann::json discrimination_json(const SplitView& view, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
