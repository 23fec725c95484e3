#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/scorer.h"

namespace medgraft::evaluation {

/// Metrics of several scorers under each of many weightings of patients.
struct ScoreTable {
  int64_t num_weightings = 0, num_scorers = 0, num_metrics = 0;
  int64_t num_labels = 0;  ///< 0 where the only label is the aggregate.
  /// [weightings][scorers][metrics][1 + labels]; NaN where undefined.
  std::vector<double> values;

  /// @param label -1: the aggregate. With one label, that label is the aggregate.
  double at(int64_t weighting, size_t scorer, size_t metric, int64_t label = -1) const;
  /// Over all weightings, in their order.
  std::vector<double> column(size_t scorer, size_t metric, int64_t label = -1) const;
};

/// What to score: `scorers` share one numbering of patients from 0 and have as many
/// labels (subsets of rows are scorers too).
struct ScoreRequest {
  std::vector<const Scorer*> scorers;
  std::vector<Metric> metrics;
  int64_t num_patients = 0;
  int threads = 1;
};

/// @param fill writes how often each patient counts, [patients], in weighting `index`;
/// called from several threads, once each index.
ScoreTable score_weightings(
    const ScoreRequest& request, int64_t num_weightings,
    const std::function<void(int64_t index, std::span<uint16_t> counts)>& fill);

/// Under the bootstrap's resamples (statistics::draw_patients): the values that
/// Scorer::score and score_label give, to the bit, many at a time.
ScoreTable resample_scores(const ScoreRequest& request, int64_t replicates,
                           uint64_t seed);

/// With each patient left out, or each group of them (statistics::jackknife_groups): for
/// statistics::bca_interval.
ScoreTable jackknife_scores(const ScoreRequest& request);

}  // namespace medgraft::evaluation
