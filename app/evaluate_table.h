#pragma once

#include <nlohmann/json.hpp>

namespace medgraft::app {

/// Prints evaluation.json for people: every metric of every model and split, or, where
/// there are cells, of every cell; then the comparisons.
void print_evaluation(const nlohmann::json& document);

}  // namespace medgraft::app
