#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// Resamples patients with replacement: how often each was drawn in replicate `index`.
/// The same seed and index give the same counts, whichever thread asks: one set of
/// resamples for all models and metrics.
void draw_patients(uint64_t seed, int64_t index, std::span<double> counts);
/// The same counts; none reaches 65,536 (with more patients, not within the age of the
/// universe).
void draw_patients(uint64_t seed, int64_t index, std::span<uint16_t> counts);

/// Calls work(index) for each index below `count` on `threads` threads, in no fixed
/// order. What a call throws reaches the caller.
void for_each_index(int64_t count, int threads, const std::function<void(int64_t)>& work);

/// Computes `figures` values for each replicate, on `threads` threads.
/// @param compute fills its second argument, [figures], from patient counts, [patients].
/// @return [replicates, figures], row-major.
std::vector<double> bootstrap(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute);

/// @param values [replicates, figures], row-major. @return those of one figure.
std::vector<double> values_of_figure(std::span<const double> values, size_t figures,
                                     size_t figure);

/// The 2.5 and 97.5 percentiles (linear interpolation, as NumPy); NaN replicates are left
/// out. @param values reordered.
Interval percentile_interval(double estimate, std::vector<double> values);

/// Bias-corrected percentiles. Source: Efron 1987 (BC).
Interval bias_corrected_interval(double estimate, std::vector<double> values);

/// Patients that the jackknife leaves out together: each alone up to 1,000 patients, else
/// 500 groups of a fixed shuffle. @return the group of each, [patients], from 0.
std::vector<int64_t> jackknife_groups(int64_t patients);

/// Bias-corrected and accelerated percentiles. @param jackknife the estimate without each
/// patient, or without each of jackknife_groups: the acceleration is the skewness of the
/// influences, and their groups' sums have the same expected squares and cubes. NaN ones
/// are left out. Source: Efron 1987, equations 2.3 and 7.3; agrees with
/// scipy.stats.bootstrap.
Interval bca_interval(double estimate, std::vector<double> values,
                      std::span<const double> jackknife);

/// Percentiles reflected at the estimate, [2 v - q97.5, 2 v - q2.5], at least `least`:
/// for figures that sampling noise alone makes larger, as calibration errors, which
/// resampling lifts once more: the interval is shifted down by that much. It may lie
/// below the estimate. Source: Davison and Hinkley 1997, section 5.2 (basic bootstrap).
Interval reflected_interval(double estimate, std::vector<double> values, double least);

/// p = min(1, 2 min over tails of (1 + #) / (B + 1)), tails including ties, of the null
/// that a difference is 0, from its bootstrap values.
double bootstrap_p(std::span<const double> differences);

/// Variance of the values that are not NaN.
double variance(std::span<const double> values);

/// Holm's step-down adjustment. Source: Holm 1979.
std::vector<double> holm(std::span<const double> p);

}  // namespace medgraft::statistics
