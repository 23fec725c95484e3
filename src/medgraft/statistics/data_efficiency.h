#pragma once

#include <cstdint>
#include <vector>

#include "medgraft/statistics/censored.h"
#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// A metric of the runs of one arm at one fraction: a value a seed.
struct SeedScores {
  std::vector<double> observed;    ///< [S] on all patients.
  std::vector<double> replicates;  ///< [B, S] on resamples of patients, or empty.

  int64_t num_seeds() const { return static_cast<int64_t>(observed.size()); }
};

/// What data_efficiency() reads. The resamples of patients are the same in all cells.
struct EfficiencyCells {
  std::vector<double> fractions;         ///< [F] in (0, 1], ascending.
  std::vector<const SeedScores*> curve;  ///< [F] the arm's; not owned.
  const SeedScores* target = nullptr;    ///< The baseline's with all data; may be one of
                                         ///< `curve`, which then shares its resamples.
  bool higher_is_better = true;
};

struct EfficiencyPoint {
  double fraction = 0;
  double observed = 0;  ///< Mean over seeds.
  Interval fitted;
};

struct DataEfficiency {
  std::vector<EfficiencyPoint> points;  ///< [F]
  Interval target;                      ///< Mean over the baseline's seeds.
  /// The smallest fraction at which the fitted curve reaches the target: below the
  /// smallest fraction or above the largest one where it lies beyond them.
  CensoredInterval fraction_to_reach;
  int64_t num_seed_degrees = 0;  ///< Of the variance over seeds; 0: patients alone.
  int64_t num_undefined = 0;     ///< Replicates left out: a value is undefined in them.
};

/// @return the smallest fraction at which the isotonic fit of `values` on the logarithm
/// of `fractions`, linear in between, reaches `target`.
/// @param fractions [F] ascending; @param values [F] defined.
Censored fraction_to_reach(const std::vector<double>& fractions,
                           const std::vector<double>& values, double target,
                           bool higher_is_better);

/// Fits the curve and finds where it reaches the target, with percentile intervals from
/// resampling patients and seeds together, the target included. Seeds are resampled as
/// residuals, pooled over the arm's fractions and the target (one cell's three seeds hold
/// too little), each inflated by sqrt(S / (S - 1)). Their variance is that over seeds,
/// times d / chi-square(d) for the d degrees of freedom it comes from, less what the
/// resamples of patients hold of it already: the patients' own part of each seed.
DataEfficiency data_efficiency(const EfficiencyCells& cells, uint64_t seed);

}  // namespace medgraft::statistics
