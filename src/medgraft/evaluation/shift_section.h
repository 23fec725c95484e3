#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// In-distribution against out-of-distribution cases of one model (STATISTICS.md section
/// 6), over the labels that have both classes in both.
/// @param temperature frozen on validation; nothing: calibration is given without it.
/// @return {"compared_with", "resampling", "labels", "excluded_labels", "metrics",
/// "by_label", "threshold_transfer", "calibration", "reweighted"}; docs/metrics/shift.md
/// says what each holds.
nlohmann::json shift_json(const SplitView& id, const SplitView& ood,
                          const EvaluateOptions& options,
                          std::optional<double> temperature = std::nullopt);

}  // namespace medgraft::evaluation
