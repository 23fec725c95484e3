#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/evaluation/attributes.h"
#include "medgraft/evaluation/grouped_labels.h"

namespace medgraft::evaluation {

/// An attribute and which of its groups' figures are based on enough patients, [samples,
/// groups].
struct EligibleGroups {
  const GroupedAttribute* attribute = nullptr;
  std::vector<statistics::GroupCounts> counts;
  std::vector<statistics::Eligible> of_labels;  ///< By each label alone.
  std::vector<statistics::Eligible> of_means;   ///< In a mean over labels.
};

EligibleGroups eligible_groups(const GroupedLabels& labels,
                               const GroupedAttribute& attribute, int64_t min_group);

/// How often a large split is resampled: as often as asked for up to `budget` visits of a
/// case, but at least 500 times.
/// @param visits of one replicate.
int64_t affordable_replicates(int64_t replicates, int64_t visits, int64_t budget);

/// The weights of GroupedSample::kLanes patient resamples from `first` on, [rows,
/// kLanes].
std::vector<uint16_t> draw_rows(const GroupedLabels& labels, int64_t num_patients,
                                uint64_t seed, size_t first);

/// @param weights of draw_rows(). @return [kLanes, samples, groups].
std::vector<statistics::GroupFigures> figures_of_lanes(const GroupedLabels& labels,
                                                       const GroupedAttribute& attribute,
                                                       std::span<const uint16_t> weights,
                                                       statistics::FigureParts parts);

/// Figures of every attribute's groups in each patient resample: the means over labels,
/// and the calibration of each label.
class GroupReplicates {
 public:
  GroupReplicates(const SplitView& view, const GroupedLabels& labels,
                  std::span<const EligibleGroups> attributes,
                  const EvaluateOptions& options);

  bool empty() const { return replicates_ == 0; }
  /// Fewer than asked for where the split is large.
  int64_t num_replicates() const { return static_cast<int64_t>(replicates_); }
  std::vector<double> mean(size_t attribute, size_t group,
                           statistics::GroupFigure figure) const;
  std::vector<double> label_ece(size_t attribute, size_t label, size_t group) const;

 private:
  void fill(int64_t num_patients, uint64_t seed, size_t first);
  void store(size_t attribute, size_t replicate,
             std::span<const statistics::GroupFigures> figures);
  std::vector<double> column(size_t place) const;

  const GroupedLabels& labels_;
  std::span<const EligibleGroups> attributes_;
  size_t replicates_ = 0, stride_ = 0;
  std::vector<size_t> begin_;  ///< Where each attribute's figures begin.
  std::vector<double> values_;
};

}  // namespace medgraft::evaluation
