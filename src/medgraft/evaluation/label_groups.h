#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "medgraft/evaluation/attributes.h"
#include "medgraft/evaluation/grouped_labels.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/fairness.h"

namespace medgraft::evaluation {

/// The cases of one label by the groups of an attribute: intervals in closed form.
class LabelGroups {
 public:
  LabelGroups(const LabelCases& cases, const GroupedAttribute& attribute);

  /// kAuroc, kBpsnAuroc, kBnspAuroc: DeLong's or Obuchowski's variance on the logit
  /// scale. The shares: Wilson's, clustered by effective sample size.
  statistics::NamedInterval interval(size_t group, statistics::GroupFigure figure) const;

 private:
  statistics::NamedInterval auroc(size_t group, statistics::GroupFigure figure) const;
  statistics::NamedInterval share(size_t group, statistics::GroupFigure figure) const;

  const LabelCases& cases_;
  std::vector<std::vector<size_t>> members_;  ///< [groups] of cases.
};

/// Why a figure that is not eligible is not told.
/// @param counts of all groups of the label.
std::string too_small(std::span<const statistics::GroupCounts> counts, size_t group,
                      statistics::GroupFigure figure, int64_t min_group);

}  // namespace medgraft::evaluation
