#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// VALUE of the share of successes, with Wilson's interval, clustered by effective sample
/// size; no interval where options ask for none.
/// @param successes [N], true above 0.5. @param patients [N] of each.
/// @param reason what to say where there is no case.
nlohmann::json share_json(std::span<const double> successes,
                          std::span<const int64_t> patients, const SplitView& view,
                          const EvaluateOptions& options, const std::string& reason);

}  // namespace medgraft::evaluation
