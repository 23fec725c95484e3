#pragma once

#include <cstdint>
#include <span>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// The mean of a figure over training seeds. Seeds are crossed with patients: the
/// variance is that of the mean over patients plus s^2 / S over seeds, with
/// Satterthwaite's degrees of freedom.
/// Source: Satterthwaite 1946, Biometrics Bulletin 2:110.
struct CrossedMean {
  Interval interval;  ///< Not clamped to the figure's range.
  double standard_error = 0, degrees_of_freedom = 0;
  int64_t num_seeds = 0;      ///< Whose figure is defined.
  int64_t num_undefined = 0;  ///< Left out.
};

/// @param seed_values [S] of all patients; NaN ones are left out.
/// @param patient_variance of the mean over the defined seeds, from patient resamples;
/// NaN: no interval.
CrossedMean crossed_mean(std::span<const double> seed_values, double patient_variance,
                         int64_t num_patients);

/// The difference of two arms' means (a - b) and its t test.
struct CrossedDifference : CrossedMean {  ///< num_seeds: the smaller of the two arms'.
  double p = 1;
  /// p of the null that a is worse than b by `margin` or more, one-sided, for a gain that
  /// counts upwards. @param gain the difference, or less it where lower is better.
  double non_inferiority_p(double gain, double margin) const;
};

/// @param patient_variance of mean(a) - mean(b), patients resampled together.
CrossedDifference crossed_difference(std::span<const double> a, std::span<const double> b,
                                     double patient_variance, int64_t num_patients);

}  // namespace medgraft::statistics
