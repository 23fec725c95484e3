#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/reweight.h"

namespace medgraft::evaluation {

/// Figures that depend on prevalence: in-distribution, out of distribution, and out of
/// distribution with each label's cases weighted by p_ID(y) / p_OOD(y).
class PrevalenceShift {
 public:
  static constexpr std::array<const char*, 4> kFigures = {"auprc", "ppv", "brier", "ece"};
  enum Set { kId, kOod, kReweighted, kNumSets };

  /// @param labels evaluable in both. @param id_patients, ood_patients of the rows,
  /// numbered together.
  PrevalenceShift(const SplitView& id, const std::vector<int64_t>& id_patients,
                  const SplitView& ood, const std::vector<int64_t>& ood_patients,
                  const std::vector<int64_t>& labels);

  /// Figures of each set, each of the aggregate and of each label.
  int64_t num_figures() const;
  /// Where num_figures() keeps one. @param place of a label in `labels`; -1: the
  /// aggregate, the mean over labels; of several classes the Brier score and the ECE are
  /// those of cases, weighted by their class's p_ID / p_OOD.
  int64_t at(Set set, size_t figure, int64_t place) const;
  /// @param out [num_figures()]; NaN where undefined.
  void compute(std::span<const double> patient_counts, std::span<double> out) const;

  /// Shares of positives, of each label.
  struct Prevalence {
    double id = 0, ood = 0;
  };
  std::vector<Prevalence> prevalences() const;

 private:
  /// Cases of several classes by the most probable one.
  struct TopSample {
    TopSample(const SplitView& view, const std::vector<int64_t>& patient_index);
    std::vector<double> class_shares(std::span<const double> weights,
                                     size_t classes) const;

    std::vector<int64_t> classes, patients;
    std::vector<double> squared_errors;
    statistics::BinarySample top;
  };
  void compute_classes(std::span<const double> patient_counts,
                       std::span<double> out) const;

  std::vector<statistics::PrevalenceSample> id_, ood_;  ///< [labels]
  std::vector<TopSample> tops_;  ///< Multi-class: of the in-distribution set, the other.
  size_t num_classes_ = 0;
};

}  // namespace medgraft::evaluation
