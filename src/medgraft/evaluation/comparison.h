#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_scores.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

using ModelPairs = std::vector<std::pair<size_t, size_t>>;

/// All pairs of models, or each model against the baseline; empty where no comparison is
/// asked for.
/// @throws UserError where the baseline is none of the models.
ModelPairs pairs_to_compare(const std::vector<std::string>& names,
                            const EvaluateOptions& options);

/// The comparisons of one split, an entry a pair and metric (STATISTICS.md section 4), p
/// adjusted by Holm within the pairs of a metric.
/// @param scores resampled more often where the family needs it.
nlohmann::json comparisons_json(const std::vector<SplitView>& views,
                                const ModelPairs& pairs, SplitScores& scores,
                                const EvaluateOptions& options);

}  // namespace medgraft::evaluation
