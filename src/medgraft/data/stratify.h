#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/data/dataset.h"
#include "medgraft/data/patient_group.h"

namespace medgraft::data {

/// Divides `groups` into parts of exactly `sizes` groups (which add up to their number),
/// such that each part has about its share of every class or positive label, of the
/// groups without one, and of every site. Rare ones are dealt out first, each to the part
/// that lacks it most; chance, from `seed`, decides the rest.
/// Source: iterative stratification, Sechidis, Tsoumakas and Vlahavas 2011,
/// doi:10.1007/978-3-642-23808-6_10, with sites beside labels and sizes that are exact.
/// @return the part of each group.
std::vector<size_t> stratify(const Dataset& dataset,
                             const std::vector<PatientGroup>& groups,
                             const std::array<int64_t, 3>& sizes, uint64_t seed);

}  // namespace medgraft::data
