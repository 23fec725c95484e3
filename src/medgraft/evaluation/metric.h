#pragma once

#include <string>
#include <vector>

namespace medgraft::evaluation {

/// The figures that predictions are scored by (STATISTICS.md section 2).
enum class Metric {
  kAuroc,
  kAuprc,
  kAccuracy,
  kBalancedAccuracy,
  kSensitivity,
  kSpecificity,
  kF1,
  kNll,
  kBrier,
  kEce,
  kEceAdaptive,
  kEceDebiased,
};

const std::vector<Metric>& all_metrics();
/// "auroc", "balanced_accuracy", ...
std::string name_of(Metric metric);
/// @throws UserError with the nearest name.
Metric parse_metric(const std::string& name);
/// Whether more of it is better; not so for nll, brier and the calibration errors.
bool higher_is_better(Metric metric);

}  // namespace medgraft::evaluation
