#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/patient_group.h"

namespace medgraft::data {

std::vector<int64_t> nested_subset(const Dataset& dataset,
                                   const std::vector<int64_t>& cases, double fraction,
                                   uint64_t seed) {
  require(fraction > 0 && fraction <= 1,
          "a fraction of the patients is above 0 and at most 1"
          ", got ",
          fraction);
  if (cases.empty()) return {};
  const auto groups = group_by_patient(dataset, cases);
  const auto order = stratified_order(groups, seed);
  const auto wanted = std::llround(fraction * static_cast<double>(groups.size()));
  const auto count = static_cast<size_t>(std::max<int64_t>(wanted, 1));

  std::vector<int64_t> kept;
  for (size_t i = 0; i < count; ++i) {
    const auto& members = groups[order[i]].cases;
    kept.insert(kept.end(), members.begin(), members.end());
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace medgraft::data
