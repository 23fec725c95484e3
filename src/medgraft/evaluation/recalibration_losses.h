#pragma once

#include <string>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/label_column.h"
#include "medgraft/statistics/logistic_recalibration.h"

namespace medgraft::evaluation {

/// The unmasked predictions of a split that maps are fitted on or applied to.
struct RecalibrationInput {
  bool multiclass = false;
  int64_t num_patients = 0;
  std::vector<statistics::LabelColumn> columns;  ///< [K], as label_columns.
  /// [K][n] logits where the file has them, else clipped logit(p); multi-class: log(p).
  std::vector<std::vector<double>> logits;
};

RecalibrationInput recalibration_input(const SplitView& view);

/// Probabilities of a split after a map: [K][n], the columns of its input; a column that
/// has no map is empty.
using MappedColumns = std::vector<std::vector<double>>;

/// Mean losses of the labels that have a map (multi-class: of the one prediction), before
/// and after it, and the differences after - before with their patients' influence.
struct RecalibrationLosses {
  double ece_before = 0, ece_after = 0, nll_before = 0, nll_after = 0, brier_before = 0,
         brier_after = 0;
  statistics::RobustEstimate nll_difference, brier_difference;
};

/// @return NaN figures where no column is mapped or no case is labeled.
RecalibrationLosses recalibration_losses(const RecalibrationInput& input,
                                         const MappedColumns& mapped);

/// ECE after - before with a bias-corrected interval from resamples of patients.
statistics::Interval ece_difference(const RecalibrationInput& input,
                                    const MappedColumns& mapped,
                                    const EvaluateOptions& options);

}  // namespace medgraft::evaluation
