#pragma once

#include <span>

namespace medgraft::statistics {

/// Thresholds are among the scores; positive is score >= threshold.
/// @param scores [N]; @param labels [N], positive above 0.5.

/// @return the highest threshold whose sensitivity is at least `target`, in (0, 1]; NaN
/// without a positive. With one it is always reached: at the lowest score all are called.
double threshold_of_sensitivity(std::span<const double> scores,
                                std::span<const double> labels, double target);

/// @return the lowest threshold whose specificity is at least `target`, in (0, 1]; NaN
/// without a negative, and where no score reaches it because too many negatives share the
/// highest.
double threshold_of_specificity(std::span<const double> scores,
                                std::span<const double> labels, double target);

}  // namespace medgraft::statistics
