#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace medgraft::evaluation {

/// evaluation.json as one CSV table, a row a VALUE wherever it stands: columns model,
/// split, section, label, metric, value, ci_low, ci_high, method, n_cases, n_patients,
/// reason. `section` is the split's key ("metrics", "labels", "subgroups", ...), `metric`
/// the last one, `label` what lies between ("sex/F"). Cells and comparisons follow, with
/// "cells" and "comparisons" as their section.
std::string tidy_table(const nlohmann::json& document);

}  // namespace medgraft::evaluation
