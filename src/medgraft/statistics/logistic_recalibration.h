#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::statistics {

/// An estimate and what each patient moves it by, so that estimates of several labels can
/// be averaged with a variance that knows their patients are the same.
struct RobustEstimate {
  double value = 0;               ///< NaN where undefined.
  std::vector<double> influence;  ///< [patients]; the variance is the sum of squares.
  std::string reason;             ///< Why it is undefined.
};

/// Slope of a logistic regression of the label on logit(p), unpenalized: 1 where
/// predictions are neither too extreme (below 1) nor too timid (above 1).
/// Undefined with one class, with separated classes, or where all p are equal.
/// Source: Cox 1958, Biometrika 45:562; Miller et al. 1993. Variance: the sandwich over
/// patients with the corrections C / (C - 1) and (N - 1) / (N - D), as statsmodels'
/// cov_type="cluster".
RobustEstimate calibration_slope(const LabelColumn& column, int64_t num_patients);

/// Calibration in the large: the intercept of that regression with the slope held at 1.
/// 0 where the mean prediction is right; positive where risks are predicted too low.
/// Undefined with one class.
RobustEstimate calibration_intercept(const LabelColumn& column, int64_t num_patients);

/// The mean of the estimates that are defined.
RobustEstimate mean_estimate(std::span<const RobustEstimate> estimates);

/// value +- 1.96 standard errors; undefined with a single patient.
Interval robust_interval(const RobustEstimate& estimate);

}  // namespace medgraft::statistics
