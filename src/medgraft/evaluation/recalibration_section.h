#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "medgraft/base/result.h"
#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/recalibration_losses.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/isotonic.h"
#include "medgraft/statistics/recalibration.h"
#include "medgraft/statistics/recalibration_softmax.h"

namespace medgraft::evaluation {

/// Maps of a model's predictions, fitted on its validation cases alone and carried to
/// every split. Platt, isotonic and beta maps are fitted for each label; in several
/// classes for each class against the rest, and the results scaled to add up to 1.
class Recalibration {
 public:
  /// @param validation null, or a view without cases: every map is refused.
  explicit Recalibration(const SplitView* validation);

  /// "temperature": {"value", "ece_before", "ece_after", "nll_before", "nll_after",
  /// "ece_difference": VALUE, "nll_difference": VALUE, "fitted_on", "reason", "labels"};
  /// "labels" has one temperature a label where there are several.
  nlohmann::json temperature_json(const SplitView& view,
                                  const EvaluateOptions& options) const;

  /// "recalibration": {METHOD: {"parameters", "ece_before", "ece_after", "nll_before",
  /// "nll_after", "brier_before", "brier_after", "nll_difference": VALUE,
  /// "brier_difference": VALUE, "reason"}}, METHOD among temperature, vector (several
  /// classes), platt, isotonic and beta.
  nlohmann::json recalibration_json(const SplitView& view,
                                    const EvaluateOptions& options) const;

 private:
  Result<double> temperature_;
  std::vector<Result<double>> label_temperatures_;  ///< [K]; empty where multi-class.
  Result<statistics::VectorScaling> vector_;
  std::vector<Result<statistics::PlattMap>> platt_;        ///< [K]
  std::vector<Result<statistics::IsotonicFit>> isotonic_;  ///< [K]
  std::vector<Result<statistics::BetaMap>> beta_;          ///< [K]
};

}  // namespace medgraft::evaluation
