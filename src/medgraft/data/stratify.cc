#include "medgraft/data/stratify.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"

namespace medgraft::data {
namespace {

constexpr size_t kParts = 3;
constexpr size_t kUnassigned = kParts;

/// What the parts shall have their share of: labels, having none, and sites.
class Features {
 public:
  Features(const Dataset& dataset, const std::vector<PatientGroup>& groups)
      : num_labels_(dataset.info.labels.size()), dataset_(dataset) {
    for (const auto& entry : dataset.cases) sites_[entry.site] = 0;
    size_t next = 0;
    for (auto& [_, number] : sites_) number = next++;
    for (const auto& group : groups) of_.push_back(of_group(group));
    members_.resize(num_labels_ + 1 + sites_.size());
    for (size_t i = 0; i < of_.size(); ++i) {
      for (const size_t feature : of_[i]) members_[feature].push_back(i);
    }
  }

  size_t size() const { return members_.size(); }
  const std::vector<size_t>& of(size_t group) const { return of_[group]; }
  std::vector<size_t>& members(size_t feature) { return members_[feature]; }

 private:
  std::vector<size_t> of_group(const PatientGroup& group) {
    std::vector<size_t> features;
    for (const int64_t index : group.cases) {
      const auto& labels = dataset_.cases[static_cast<size_t>(index)].labels;
      for (size_t i = 0; i < labels.size(); ++i) {
        if (dataset_.info.kind == Kind::kMulticlass) {
          if (labels[i] >= 0) features.push_back(static_cast<size_t>(labels[i]));
        } else if (labels[i] == 1) {
          features.push_back(i);
        }
      }
    }
    if (features.empty()) features.push_back(num_labels_);
    for (const int64_t index : group.cases) {
      const auto& site = dataset_.cases[static_cast<size_t>(index)].site;
      features.push_back(num_labels_ + 1 + sites_.at(site));
    }
    std::sort(features.begin(), features.end());
    features.erase(std::unique(features.begin(), features.end()), features.end());
    return features;
  }

  size_t num_labels_;
  const Dataset& dataset_;
  std::map<std::string, size_t> sites_;
  std::vector<std::vector<size_t>> of_;       // By group.
  std::vector<std::vector<size_t>> members_;  // By feature: groups.
};

class Dealer {
 public:
  Dealer(Features& features, size_t num_groups, const std::array<int64_t, kParts>& sizes,
         uint64_t seed)
      : features_(features),
        room_(sizes),
        wanted_(features.size()),
        left_(features.size()),
        part_(num_groups, kUnassigned),
        rng_(mix_key({seed, num_groups})) {
    for (size_t f = 0; f < features.size(); ++f) {
      left_[f] = features.members(f).size();
      if (left_[f] > 0) rarest_.insert({left_[f], f});
      for (size_t p = 0; p < kParts; ++p) {
        wanted_[f][p] = static_cast<double>(left_[f]) * static_cast<double>(sizes[p]) /
                        static_cast<double>(num_groups);
      }
    }
  }

  std::vector<size_t> deal() {
    while (!rarest_.empty()) {
      const size_t feature = rarest_.begin()->second;
      for (const size_t group : features_.members(feature)) {
        if (part_[group] == kUnassigned) assign(group, choose(feature));
      }
    }
    return std::move(part_);
  }

 private:
  // The part with room that lacks the feature most; of equal ones the emptiest.
  size_t choose(size_t feature) {
    constexpr double kEqual = 1e-9;
    std::vector<size_t> best;
    const auto better = [&](size_t a, size_t b) {
      const double more = wanted_[feature][a] - wanted_[feature][b];
      return more > kEqual || (more > -kEqual && room_[a] > room_[b]);
    };
    for (size_t p = 0; p < kParts; ++p) {
      if (room_[p] <= 0) continue;
      if (!best.empty() && better(p, best.front())) best.clear();
      if (best.empty() || !better(best.front(), p)) best.push_back(p);
    }
    MEDGRAFT_CHECK(!best.empty(), "more groups than room");
    return best[rng_.below(best.size())];
  }

  void assign(size_t group, size_t part) {
    part_[group] = part;
    --room_[part];
    for (const size_t f : features_.of(group)) {
      wanted_[f][part] -= 1;
      rarest_.erase({left_[f], f});
      if (--left_[f] > 0) rarest_.insert({left_[f], f});
    }
  }

  Features& features_;
  std::array<int64_t, kParts> room_;
  std::vector<std::array<double, kParts>> wanted_;  // By feature: more to come.
  std::vector<size_t> left_;                        // By feature: groups not assigned.
  std::set<std::pair<size_t, size_t>> rarest_;      // Groups left, feature.
  std::vector<size_t> part_;
  Rng rng_;
};

}  // namespace

std::vector<size_t> stratify(const Dataset& dataset,
                             const std::vector<PatientGroup>& groups,
                             const std::array<int64_t, 3>& sizes, uint64_t seed) {
  Features features(dataset, groups);
  // By a random number that is the patient's own: the rows' order does not matter.
  std::vector<uint64_t> key;
  key.reserve(groups.size());
  for (const auto& group : groups) key.push_back(mix_key({seed, group.key}));
  for (size_t f = 0; f < features.size(); ++f) {
    auto& members = features.members(f);
    std::sort(members.begin(), members.end(),
              [&](size_t a, size_t b) { return key[a] < key[b]; });
  }
  return Dealer(features, groups.size(), sizes, seed).deal();
}

}  // namespace medgraft::data
