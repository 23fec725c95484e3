#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// Two models' predictions of the same cases, prepared so that the predictions of whole
/// patients are exchanged fast: both models' rows stand in one table, sorted once, and an
/// exchange is a choice of half of them.
///
/// What is exchanged must be on one scale. AUROC and AUPRC take each model's ranks
/// (Bandos et al. 2005), metrics at a threshold each model's decisions at its own; nll,
/// brier and the calibration errors are about the probabilities themselves.
class PairedPermutation {
 public:
  /// @param a, b the same cases in the same order, patients numbered alike.
  PairedPermutation(const SplitView& a, const SplitView& b);

  /// @return the difference a - b where coins [patients] of 1 exchange a patient's
  /// predictions.
  double difference(Metric metric, std::span<const double> coins) const;

  /// @return [permutations][metrics], row-major.
  std::vector<double> differences(const std::vector<Metric>& metrics,
                                  int64_t permutations, uint64_t seed, int threads) const;

 private:
  struct Pool {
    Predictions predictions;
    std::unique_ptr<Scorer> scorer;
  };
  using Transform = std::vector<double> (*)(const SplitView&);
  static Pool make_pool(const SplitView& a, const SplitView& b, Transform scale);
  const Scorer& scorer_of(Metric metric) const;

  int64_t num_patients_ = 0;
  Pool ranks_, decisions_, probabilities_;
};

}  // namespace medgraft::evaluation
