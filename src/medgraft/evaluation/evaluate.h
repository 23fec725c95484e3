#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/predictions.h"

namespace medgraft::evaluation {

/// One model's predictions of all its splits.
struct Model {
  std::string name;
  std::vector<std::string> files;
  Predictions predictions;
};

struct EvaluateOptions {
  std::vector<Metric> metrics = all_metrics();
  int64_t replicates = 2000;  ///< 0: no intervals.
  bool compare = false;       ///< All pairs.
  std::string baseline;       ///< Contrasts with it alone; implies a comparison.
  uint64_t seed = 0;
  int threads = 1;
  int64_t min_group = 20;  ///< Patients that a subgroup's denominator needs.
  /// Ascending edges of numeric attributes, by name: groups are [low, high).
  std::map<std::string, std::vector<double>> bins;
  /// Margins of non-inferiority, by metric or gap: "auroc", "gap.auroc".
  std::map<std::string, double> margins;
};

/// Reads NAME=PATH, a predictions file or a run directory (all its predictions_*.csv).
/// @throws UserError naming what is wrong.
Model read_model(const std::string& argument);

/// @return evaluation.json (DESIGN.md section 3).
/// @throws UserError where models cannot be compared or a patient is in two splits.
nlohmann::json evaluate(const std::vector<Model>& models, const EvaluateOptions& options);

}  // namespace medgraft::evaluation
