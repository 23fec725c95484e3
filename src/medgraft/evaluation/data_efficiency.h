#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/evaluation/cells.h"
#include "medgraft/statistics/data_efficiency.h"

namespace medgraft::evaluation {

/// The runs of one arm along the shares of the training patients, each run's predictions
/// of one split. All arms that are compared have the same cases in each run.
struct LearningCurve {
  std::string arm;
  std::map<double, std::vector<ScoredRun>> seeds;  ///< By fraction.
};

/// How much data an arm needs for the baseline's full-data value.
struct ArmEfficiency {
  std::string arm, baseline, metric;
  statistics::DataEfficiency found;
  std::vector<int64_t> num_seeds;  ///< At each point of the curve.
  int64_t num_cases = 0, num_patients = 0;
  bool patients_are_known = true;  ///< Else cases are treated as independent.
  std::string reason;              ///< Why nothing is found; else empty.
};

/// @return one entry an arm with at least two fractions, the baseline included, in the
/// order of `arms`; none where no arm has. Only runs in `seeds` count, and fractions
/// without any are left out.
/// @param baseline one of the arms' names.
/// @throws UserError where the runs' cases or labels differ.
std::vector<ArmEfficiency> data_efficiency(const std::vector<LearningCurve>& arms,
                                           const std::string& baseline, Metric metric,
                                           const CellOptions& options);

/// {arm, baseline, metric, curve: [{fraction, value, ci_low, ci_high, observed,
/// n_seeds}], target: {value, ci_low, ci_high}, fraction_to_reach, n_cases, n_patients,
/// method, reason}
nlohmann::json data_efficiency_json(const ArmEfficiency& entry);

}  // namespace medgraft::evaluation
