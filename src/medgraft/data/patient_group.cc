#include "medgraft/data/patient_group.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "medgraft/base/rng.h"

namespace medgraft::data {
namespace {

uint64_t key_of(std::string_view name) {
  uint64_t key = mix_key({name.size()});
  for (const char c : name) key = mix_key({key, static_cast<unsigned char>(c)});
  return key;
}

// @return the strata that the group's cases could stand for: classes, or positive labels.
std::vector<size_t> strata_of(const Dataset& dataset, const PatientGroup& group) {
  std::vector<size_t> strata;
  for (const int64_t index : group.cases) {
    const auto& labels = dataset.cases[static_cast<size_t>(index)].labels;
    for (size_t i = 0; i < labels.size(); ++i) {
      if (dataset.info.kind == Kind::kMulticlass) {
        if (labels[i] >= 0) strata.push_back(static_cast<size_t>(labels[i]));
      } else if (labels[i] == 1) {
        strata.push_back(i);
      }
    }
  }
  std::sort(strata.begin(), strata.end());
  strata.erase(std::unique(strata.begin(), strata.end()), strata.end());
  return strata;
}

void assign_strata(const Dataset& dataset, std::vector<PatientGroup>& groups) {
  const size_t none = dataset.info.labels.size();
  std::vector<size_t> frequency(none + 1, groups.size());
  std::fill(frequency.begin(), frequency.end() - 1, 0);
  std::vector<std::vector<size_t>> strata;
  for (const auto& group : groups) {
    strata.push_back(strata_of(dataset, group));
    for (const size_t stratum : strata.back()) ++frequency[stratum];
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i].stratum = none;
    for (const size_t stratum : strata[i]) {
      if (groups[i].stratum == none ||
          frequency[stratum] < frequency[groups[i].stratum]) {
        groups[i].stratum = stratum;
      }
    }
  }
}

}  // namespace

std::vector<PatientGroup> group_by_patient(const Dataset& dataset,
                                           const std::vector<int64_t>& cases) {
  std::vector<PatientGroup> groups;
  std::unordered_map<std::string_view, size_t> index;
  for (const int64_t number : cases) {
    const auto& entry = dataset.cases[static_cast<size_t>(number)];
    const std::string_view name =
        dataset.info.patients_are_known ? entry.patient : entry.id;
    const auto [found, is_new] = index.emplace(name, groups.size());
    if (is_new) groups.push_back({key_of(name), 0, {}});
    groups[found->second].cases.push_back(number);
  }
  assign_strata(dataset, groups);
  return groups;
}

std::vector<PatientGroup> join_groups(
    std::vector<PatientGroup> groups,
    const std::vector<std::pair<int64_t, int64_t>>& links) {
  std::unordered_map<int64_t, size_t> group_of;
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const int64_t index : groups[i].cases) group_of[index] = i;
  }
  std::vector<size_t> parent(groups.size());
  std::iota(parent.begin(), parent.end(), size_t{0});
  const auto root = [&](size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (const auto& [a, b] : links) {
    const auto first = group_of.find(a), second = group_of.find(b);
    if (first == group_of.end() || second == group_of.end()) continue;
    const auto roots = std::minmax({root(first->second), root(second->second)});
    parent[roots.second] = roots.first;
  }
  std::vector<PatientGroup> joined;
  std::vector<size_t> place(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    const size_t first = root(i);  // At most i: already placed.
    if (first == i) {
      place[i] = joined.size();
      joined.push_back(std::move(groups[i]));
      continue;
    }
    auto& into = joined[place[first]];
    into.key = std::min(into.key, groups[i].key);  // The same in any order of rows.
    into.cases.insert(into.cases.end(), groups[i].cases.begin(), groups[i].cases.end());
  }
  return joined;
}

std::vector<size_t> stratified_order(const std::vector<PatientGroup>& groups,
                                     uint64_t seed) {
  std::vector<std::pair<uint64_t, size_t>> drawn;  // Random key, group.
  for (size_t i = 0; i < groups.size(); ++i) {
    drawn.emplace_back(mix_key({seed, groups[i].key}), i);
  }
  std::sort(drawn.begin(), drawn.end());

  // The k-th drawn of n in a stratum stands at k / n of the way through.
  std::unordered_map<size_t, size_t> size, taken;
  for (const auto& group : groups) ++size[group.stratum];
  std::vector<std::pair<double, size_t>> places;  // Place, position in `drawn`.
  for (size_t i = 0; i < drawn.size(); ++i) {
    const size_t stratum = groups[drawn[i].second].stratum;
    const auto rank = static_cast<double>(taken[stratum]++);
    places.emplace_back(rank / static_cast<double>(size[stratum]), i);
  }
  std::sort(places.begin(), places.end());
  std::vector<size_t> order;
  for (const auto& [_, position] : places) order.push_back(drawn[position].second);
  return order;
}

}  // namespace medgraft::data
