#include "medgraft/evaluation/value_json.h"

#include <cmath>

namespace medgraft::evaluation {

using nlohmann::json;

json number_json(double value) { return std::isnan(value) ? json() : json(value); }

json value_json(const statistics::Interval& interval, const std::string& method,
                int64_t num_cases, int64_t num_patients, bool patients_are_known,
                const std::string& reason) {
  json out = {{"value", number_json(interval.value)},
              {"ci_low", number_json(interval.low)},
              {"ci_high", number_json(interval.high)},
              {"method", method},
              {"n_cases", num_cases},
              {"n_patients", num_patients},
              {"reason", nullptr}};
  if (std::isnan(interval.value)) {
    out["reason"] = reason.empty() ? "one class only, or no labeled case" : reason;
  } else if (num_patients < 2 && method != "none") {
    // Every resample of one patient is that patient: no spread is no certainty.
    out["ci_low"] = out["ci_high"] = nullptr;
    out["method"] = "none";
    out["reason"] = "a single patient: no interval";
  }
  if (!patients_are_known) out["clustering"] = "unknown";
  return out;
}

}  // namespace medgraft::evaluation
