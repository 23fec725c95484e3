#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// Net benefit of acting where p >= t: true positives per case, less false positives per
/// case weighted by the odds t / (1 - t). Treating none has 0.
/// Source: Vickers and Elkin 2006, Med Decis Making 26:565.
class DecisionCurve {
 public:
  /// @param probabilities [N]; @param labels [N], positive above 0.5.
  /// @param thresholds [T] ascending, in (0, 1).
  DecisionCurve(std::span<const double> probabilities, std::span<const double> labels,
                std::vector<double> thresholds);

  /// @param weights [N] a resample's counts; empty: all 1.
  /// @param out [T]; NaN where all weights are 0.
  void net_benefit(std::span<const double> weights, std::span<double> out) const;

  /// Acting on everybody: prevalence - (1 - prevalence) t / (1 - t), [T].
  std::vector<double> treat_all() const;

  const std::vector<double>& thresholds() const { return thresholds_; }

 private:
  std::vector<double> thresholds_, labels_;
  std::vector<size_t> passed_;  ///< [N] how many thresholds a case's p reaches.
};

}  // namespace medgraft::statistics
