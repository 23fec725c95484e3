#pragma once

#include <cstdint>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/statistics/crossed_seeds.h"

namespace medgraft::evaluation {

/// One seed's run of an arm.
struct ScoredRun {
  const Predictions* predictions = nullptr;  ///< Of one split; not owned.
  /// [K] frozen on its own validation cases; empty: 0.5.
  std::vector<double> thresholds = {};
};

struct CellOptions {
  int64_t replicates = 2000;
  uint64_t seed = 0;
  int threads = 2;
};

/// The mean of a metric over an arm's seeds, with its 95% interval. Seeds are crossed
/// with patients: the variance is that of the mean over patient resamples plus s^2 / S
/// over seeds, with Satterthwaite's degrees of freedom (STATISTICS.md section 3).
struct CellEstimate {
  double value = 0, ci_low = 0, ci_high = 0, standard_error = 0, degrees_of_freedom = 0;
  int64_t num_seeds = 0;      ///< Whose figure is defined.
  int64_t num_undefined = 0;  ///< Left out.
  int64_t num_cases = 0, num_patients = 0;
  bool patients_are_known = true;  ///< Else cases are treated as independent.
};

/// The difference of two arms (a - b) on the same cases, patients resampled together.
struct Contrast {
  double difference = 0, ci_low = 0, ci_high = 0, p = 1, standard_error = 0,
         degrees_of_freedom = 0;
  /// The smallest true difference that such a study finds with 80% power at 5%.
  double minimum_detectable = 0;
};

/// The mean within the metric's range; cases and patients are left to the caller.
CellEstimate cell_estimate(const statistics::CrossedMean& mean, Metric metric);

/// @param seeds one split of each seed's run, the same cases in each, in any order.
/// @throws UserError where the seeds' cases or labels differ.
CellEstimate estimate_cell(const std::vector<ScoredRun>& seeds, Metric metric,
                           const CellOptions& options = {});

Contrast compare_cells(const std::vector<ScoredRun>& a, const std::vector<ScoredRun>& b,
                       Metric metric, const CellOptions& options = {});

}  // namespace medgraft::evaluation
