#pragma once

#include <span>

namespace medgraft::statistics {

/// Area under the receiver operating characteristic: the probability that a positive
/// scores above a negative, ties counting 1/2. O(n log n).
/// @param scores [N]; @param labels [N], positive above 0.5; same length.
/// @return NaN where either class is absent.
/// Source: Hanley and McNeil 1982; agrees with sklearn.metrics.roc_auc_score.
double auroc(std::span<const double> scores, std::span<const double> labels);

}  // namespace medgraft::statistics
