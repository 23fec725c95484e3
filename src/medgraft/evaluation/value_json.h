#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "medgraft/statistics/delong.h"

namespace medgraft::evaluation {

/// null where the figure is NaN: JSON knows no NaN.
nlohmann::json number_json(double value);

/// VALUE of evaluation.json (DESIGN.md section 3). An undefined value is null and has a
/// reason: `reason`, or the usual one. A single patient has no interval, and says so.
nlohmann::json value_json(const statistics::Interval& interval, const std::string& method,
                          int64_t num_cases, int64_t num_patients,
                          bool patients_are_known, const std::string& reason = "");

}  // namespace medgraft::evaluation
