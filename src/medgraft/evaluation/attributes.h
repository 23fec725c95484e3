#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/gap_permutation.h"

namespace medgraft::evaluation {

/// An attribute of a split's cases, or the intersection of two ("sex+race").
struct GroupedAttribute {
  std::string name;
  std::vector<std::string> groups;    ///< Names; of an intersection "F+Black".
  std::vector<int32_t> group_of_row;  ///< [cases] from 0; -1: unknown.
  bool is_intersection = false;

  int32_t num_groups() const { return static_cast<int32_t>(groups.size()); }
  int64_t num_unknown() const;
};

struct GroupedAttributes {
  std::vector<GroupedAttribute> items;
  std::map<std::string, std::string> excluded;  ///< Name to the reason.
};

/// The attributes of a view's cases, `site` where it has several values, and every
/// pairwise intersection. A number is cut at the edges of options.bins or else
/// of options.declared_bins; left out, with
/// the reason, are numbers of more than 20 distinct values without edges, categories of
/// more than 50 values, and attributes without any value.
/// @throws UserError where bins name no attribute, or one that holds no numbers.
GroupedAttributes grouped_attributes(const SplitView& view,
                                     const EvaluateOptions& options);

/// Patients by group: that of most of the patient's cases, the first of equals.
statistics::Grouping group_patients(const SplitView& view,
                                    const GroupedAttribute& attribute);

/// @return the number of patients whose cases are in more than one group.
int64_t num_patients_of_several_groups(const SplitView& view,
                                       const GroupedAttribute& attribute);

}  // namespace medgraft::evaluation
