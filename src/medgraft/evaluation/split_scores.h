#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// The metrics of models over the same cases of one split, and their values in one set of
/// patient resamples.
class SplitScores {
 public:
  /// @param views of one split, one a model, the same cases in the same order.
  SplitScores(const std::vector<SplitView>& views, const EvaluateOptions& options);

  /// @return {"n_cases", "n_patients", "excluded", "metrics", "labels"} of a model.
  nlohmann::json model_json(size_t model) const;

  const Scorer& scorer(size_t model) const { return scorers_[model]; }
  int64_t num_replicates() const { return bootstrap_.num_weightings; }
  /// Resamples anew, `replicates` times, where there were fewer.
  void grow_to(int64_t replicates);
  /// Values of a metric in each replicate. @param label -1: the aggregate.
  std::vector<double> bootstrap_values(size_t model, size_t metric_index,
                                       int64_t label = -1) const;

 private:
  void resample(int64_t replicates);
  ScoreRequest request() const;
  /// The interval that covers, by metric (docs/metrics/coverage.md). @param value the
  /// metric's.
  statistics::NamedInterval interval(size_t model, size_t metric_index, int64_t label,
                                     double value) const;
  nlohmann::json metric_json(size_t model, size_t metric_index, int64_t label) const;

  const std::vector<SplitView>& views_;
  const EvaluateOptions& options_;
  std::vector<Scorer> scorers_;
  ScoreTable bootstrap_, jackknife_;
};

}  // namespace medgraft::evaluation
