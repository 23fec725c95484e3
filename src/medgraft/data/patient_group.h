#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// The cases of one patient, which are never parted; one case where patients are not
/// known.
struct PatientGroup {
  uint64_t key = 0;  ///< From the patient's (or case's) name: the same in any row order.
  size_t stratum = 0;
  std::vector<int64_t> cases;
};

/// Groups `cases` (indices into Dataset::cases), in order of first appearance. A
/// patient's stratum is the class, or the label that fewest patients have among those
/// that he has; patients without any label that is 1 share one.
std::vector<PatientGroup> group_by_patient(const Dataset& dataset,
                                           const std::vector<int64_t>& cases);

/// @return the groups, those joined that `links` (pairs of indices into Dataset::cases)
/// connect; links to cases of no group are ignored. Strata are those of the first member.
std::vector<PatientGroup> join_groups(
    std::vector<PatientGroup> groups,
    const std::vector<std::pair<int64_t, int64_t>>& links);

/// @return the indices of `groups` in an order whose every beginning has each stratum in
/// about its share of the whole, and at least one member of each as soon as there is
/// room.
std::vector<size_t> stratified_order(const std::vector<PatientGroup>& groups,
                                     uint64_t seed);

}  // namespace medgraft::data
