#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::statistics {

/// Figures that depend on how common a label is.
struct PrevalenceFigures {
  double auprc = 0, ppv = 0, brier = 0, ece = 0;
};

/// @param threshold positive is p >= threshold; the PPV is NaN where nothing is.
PrevalenceFigures prevalence_figures(const BinarySample& sample, double threshold,
                                     Weights weights = {});

/// @return the weighted share of positives; NaN without weight.
double prevalence(std::span<const double> labels, Weights weights = {});

/// Weights that give a sample another prevalence: those it has times
/// p_target(y) / p_own(y). Under label shift, where p(x | y) is the same in both sets,
/// weighted figures estimate those that the target would have.
/// Source: Saerens, Latinne and Decaestecker 2002; Lipton et al. 2018, arXiv:1802.03916.
/// @return empty where a class is absent that the target has.
std::vector<double> reweight_to(double target_prevalence, std::span<const double> labels,
                                Weights weights = {});

/// One label's cases, sorted once, so that the figures of each of many resamples of
/// patients take one pass. Its slow definition is prevalence_figures and reweight_to,
/// with each case's weight the count of its patient.
class PrevalenceSample {
 public:
  /// @param threshold positive is p >= threshold.
  PrevalenceSample(const LabelColumn& column, double threshold);

  struct Figures {
    PrevalenceFigures own;         ///< At the resample's prevalence.
    PrevalenceFigures reweighted;  ///< At the target's; NaN where a class is absent.
  };
  /// The weighted share of positives; NaN without weight.
  /// @param patient_counts a resample's; empty: every patient once.
  double prevalence(std::span<const double> patient_counts = {}) const;
  PrevalenceFigures figures(std::span<const double> patient_counts = {}) const;
  Figures figures_at(double target_prevalence,
                     std::span<const double> patient_counts = {}) const;

 private:
  struct Item {
    double probability;
    uint32_t patient;
    bool is_positive, ends_tie;
  };
  /// Neighbors of one bin, all predicted alike.
  struct Segment {
    size_t bin, first, last;
  };
  struct Sums;
  double weight(const Item& item, std::span<const double> counts) const {
    return counts.empty() ? 1 : counts[item.patient];
  }
  template <bool kReweights>
  Sums sums(std::span<const double> patient_counts, double of_positive,
            double of_negative) const;

  std::vector<Item> items_;  ///< By probability, descending.
  std::vector<Segment> segments_;
  size_t num_predicted_ = 0;  ///< Items at or over the threshold.
};

/// The same for classes. @param target, own [K] shares of each class.
/// @return the weight of a case of each class, [K]; 0 where the set has none.
std::vector<double> class_ratios(std::span<const double> target,
                                 std::span<const double> own);

}  // namespace medgraft::statistics
