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

/// Computes `figures` values for each replicate, on `threads` threads.
/// @param compute fills its second argument, [figures], from patient counts, [patients].
/// @return [replicates, figures], row-major.
std::vector<double> bootstrap(
    int64_t patients, int64_t replicates, int64_t figures, uint64_t seed, int threads,
    const std::function<void(std::span<const double>, std::span<double>)>& compute);

/// The 2.5 and 97.5 percentiles (linear interpolation, as NumPy); NaN replicates are left
/// out. @param values reordered.
Interval percentile_interval(double estimate, std::vector<double> values);

/// Bias-corrected percentiles. Source: Efron 1987 (BC).
Interval bias_corrected_interval(double estimate, std::vector<double> values);

/// p = min(1, 2 min over tails of (1 + #) / (B + 1)), tails including ties, of the null
/// that a difference is 0, from its bootstrap values.
double bootstrap_p(std::span<const double> differences);

/// Variance of the values that are not NaN.
double variance(std::span<const double> values);

/// Holm's step-down adjustment. Source: Holm 1979.
std::vector<double> holm(std::span<const double> p);

}  // namespace medgraft::statistics
