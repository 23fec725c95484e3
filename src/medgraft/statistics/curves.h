#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// The receiver operating characteristic at every distinct score, from the highest down.
struct RocCurve {
  std::vector<double> fpr, tpr;
  std::vector<double>
      thresholds;  ///< Positive is score >= threshold; the first infinite.
};

/// Precision and recall at every distinct score, from the lowest up; then the point of
/// precision 1 and recall 0, which has no threshold.
struct PrecisionRecallCurve {
  std::vector<double> precision, recall;
  std::vector<double> thresholds;  ///< One fewer.
};

/// @param scores [N]; @param labels [N], positive above 0.5; @param weights [N], at least
/// 0, or empty: all 1. Items of weight 0 make no point.
/// @return rates of NaN where their class is absent.
/// Agrees with sklearn.metrics.roc_curve(drop_intermediate=False).
RocCurve roc_curve(std::span<const double> scores, std::span<const double> labels,
                   std::span<const double> weights = {});

/// Agrees with sklearn.metrics.precision_recall_curve where there is a positive; without
/// one recall is NaN (there: 1, with a warning).
PrecisionRecallCurve precision_recall_curve(std::span<const double> scores,
                                            std::span<const double> labels,
                                            std::span<const double> weights = {});

}  // namespace medgraft::statistics
