#pragma once

#include <array>
#include <span>
#include <vector>

#include "medgraft/statistics/binary_sample.h"

namespace medgraft::statistics {

/// How well a score tells out-of-distribution items, the positives, from the rest. NaN
/// where either kind is absent.
struct DetectionFigures {
  double auroc = 0;     ///< Ties count 1/2.
  double fpr95 = 0;     ///< False positive rate at the first TPR >= 0.95.
  double aupr_in = 0;   ///< In-distribution positive, low scores first.
  double aupr_out = 0;  ///< Out-of-distribution positive, high scores first.

  std::array<double, 4> values() const { return {auroc, fpr95, aupr_in, aupr_out}; }
};

/// Scores of two kinds of items, sorted once, so that each of many weightings costs O(N).
/// The areas under the precision-recall curves are by trapezoids from (recall 0,
/// precision 1) on, not average precision.
/// Source: OpenOOD, openood/evaluators/metrics.py (auc_and_fpr_recall).
class DetectionSample {
 public:
  /// @param scores [N], higher is stranger; @param outside [N], 1 for an
  /// out-of-distribution item, else 0.
  DetectionSample(std::vector<double> scores, std::vector<double> outside);

  const std::vector<double>& scores() const { return scores_; }
  const std::vector<double>& outside() const { return outside_; }

  DetectionFigures figures(Weights weights = {}) const;

 private:
  std::vector<double> scores_, outside_;
  std::vector<size_t> order_;       ///< By score, descending.
  std::vector<size_t> group_ends_;  ///< In order_: where each run of equal scores ends.
};

}  // namespace medgraft::statistics
