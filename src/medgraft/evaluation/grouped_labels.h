#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medgraft/evaluation/attributes.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/fairness.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::evaluation {

/// A view's cases of one label; of one class against the rest where there are classes.
struct LabelCases {
  std::string name;
  statistics::LabelColumn column;  ///< [labeled cases]
  std::vector<uint8_t> predicted;
  std::vector<int32_t> rows;  ///< Each case's place in the view.
};

/// A view's labels, prepared for figures of subgroups. Masked labels are left out.
class GroupedLabels {
 public:
  explicit GroupedLabels(const SplitView& view);

  const std::vector<LabelCases>& labels() const { return labels_; }
  /// One a label; and, where there are classes, of the most probable class and whether it
  /// is right, of which only the calibration is told.
  std::span<const statistics::GroupedSample> samples() const { return samples_; }
  std::span<const int32_t> patients() const { return patients_; }
  /// Cases over all samples: what a pass over them costs.
  int64_t num_visits() const;
  bool is_multiclass() const { return samples_.size() > labels_.size(); }
  /// The label named "No Finding", whatever its case and separators.
  std::optional<size_t> no_finding() const { return no_finding_; }

  /// What an attribute makes of the view's rows, each counted once.
  std::vector<statistics::GroupedRow> table(const GroupedAttribute& attribute) const;
  /// [samples, groups] of cases and patients.
  std::vector<statistics::GroupCounts> counts(const GroupedAttribute& attribute) const;
  /// [samples, groups], by the patients of each label alone.
  std::vector<statistics::Eligible> eligible(
      std::span<const statistics::GroupCounts> counts, int32_t num_groups,
      int64_t min_group) const;
  /// The same less what makes no sense in a mean over labels: prevalence, selection rate
  /// and calibration of single classes; missing a "No Finding" as under-diagnosis.
  void restrict_to_means(std::span<statistics::Eligible> eligible,
                         int32_t num_groups) const;
  /// [samples, groups]
  std::vector<statistics::GroupFigures> figures(
      std::span<const statistics::GroupedRow> table, statistics::FigureParts parts,
      int32_t num_groups) const;

 private:
  std::vector<LabelCases> labels_;
  std::vector<statistics::GroupedSample> samples_;
  std::vector<int32_t> patients_;  ///< [rows]
  std::optional<size_t> no_finding_;
};

}  // namespace medgraft::evaluation
