#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/evaluation/threshold_rule.h"

namespace medgraft::evaluation {

/// Ascending edges of numeric attributes, by name: groups are [low, high).
using Bins = std::map<std::string, std::vector<double>>;

/// One model's predictions of all its splits.
struct Model {
  std::string name;
  std::vector<std::string> files;
  Predictions predictions;
  std::string group =
      {};          ///< `compare` pairs models of one group: a cell and its rivals.
  Bins bins = {};  ///< That its data set declares.
};

/// An arm: runs that differ in nothing but their seed; its figures are means over them.
struct Cell {
  std::string name;
  std::vector<std::string> members;  ///< Names of models.
  int64_t num_planned = 0;           ///< Runs that a study plans; 0: not known.
  std::string group = {};            ///< Of its members.
};

/// A difference a - b that a study planned, of two cells (and of their ensembles).
struct PlannedContrast {
  std::string a, b;
  std::string task;
  /// The metric of the family that verdicts are about, on the test split; all others, or
  /// all without one, are exploratory.
  std::optional<Metric> primary;
};

enum class ComparisonTest { kAuto, kBootstrap, kPermutation };

/// The sections of a split that can be left out: curves and further figures.
std::set<std::string> optional_sections();

struct EvaluateOptions {
  std::vector<Metric> metrics = all_metrics();
  std::set<std::string> sections = optional_sections();
  ThresholdRule threshold_rule;  ///< Of the metrics that need one.
  int64_t replicates = 2000;     ///< 0: no intervals.
  bool compare = false;          ///< All pairs, of models and of cells.
  std::string
      baseline;  ///< Contrasts with this model or cell alone; implies a comparison.
  ComparisonTest test = ComparisonTest::kAuto;
  std::vector<Cell> cells;
  std::vector<PlannedContrast> contrasts;
  bool ensembles = false;  ///< Adds the deep ensemble of each cell as a model.
  uint64_t seed = 0;
  int threads = 1;
  int64_t min_group = 20;  ///< Patients that a subgroup's denominator needs.
  Bins bins;               ///< Each of an attribute that the predictions have.
  Bins declared_bins;      ///< Of the models' data sets; holds where `bins` says nothing.
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
