#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
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
  PairedPermutation(const SplitView& a, const SplitView& b, std::vector<Metric> metrics);

  /// @return the difference a - b of one of the metrics where coins [patients] of 1
  /// exchange a patient's predictions: the definition.
  double difference(Metric metric, std::span<const double> coins) const;

  /// @return [metrics][permutations], many permutations at a time.
  std::vector<std::vector<double>> differences(int64_t permutations, uint64_t seed,
                                               int threads) const;

 private:
  enum class Scale { kRanks, kDecisions, kProbabilities };
  struct Pool {
    Predictions predictions;
    std::unique_ptr<Scorer> scorer;
  };
  static Scale scale_of(Metric metric);
  static Pool make_pool(const SplitView& a, const SplitView& b, Scale scale);

  int64_t num_patients_ = 0;
  std::vector<Metric> metrics_;
  std::map<Scale, Pool> pools_;  ///< Those that the metrics need.
};

}  // namespace medgraft::evaluation
