#pragma once

#include <cstdint>
#include <span>
#include <vector>

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
  /// NaN where nothing varies though there is a difference: no spread is no evidence.
  double p = 1;
  /// p of the null that a is worse than b by `margin` or more, one-sided, for a gain that
  /// counts upwards. @param gain the difference, or less it where lower is better.
  double non_inferiority_p(double gain, double margin) const;
};

/// An arm's figure: of all patients, [S], and in each resample of them, [S][B]; the same
/// resamples for every seed and arm.
struct ArmScores {
  std::vector<double> of_seed;
  std::vector<std::vector<double>> resampled;
};

/// The variance of an arm's mean over its seeds between resamples of patients.
double crossed_patient_variance(const ArmScores& arm);

/// The patients' share of the variance of mean(a) - mean(b): what the resamples show,
/// less the interaction of seeds and patients, which s^2 holds too (a seed does better on
/// some patients than another). Resamples spread the seeds by s^2 and the interaction
/// once more, which tells how much it is. Counted twice it halves the size of the test
/// (docs/metrics/coverage.md). Seeds whose figure is undefined are left out.
double crossed_patient_variance(const ArmScores& a, const ArmScores& b);

/// s^2 is pooled over the arms: with three seeds each, that is 4 degrees of freedom.
/// @param patient_variance of mean(a) - mean(b) without the interaction of seeds.
CrossedDifference crossed_difference(std::span<const double> a, std::span<const double> b,
                                     double patient_variance, int64_t num_patients);

}  // namespace medgraft::statistics
