#include "medgraft/data/audit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/image_signature.h"
#include "medgraft/data/near_pairs.h"
#include "medgraft/data/parallel.h"

namespace medgraft::data {
namespace {

/// A split of one of the sets.
struct Place {
  int32_t dataset = 0;
  Split split = Split::kNone;
  auto operator<=>(const Place&) const = default;
};

bool is_across(const Place& a, const Place& b) {
  if (a.dataset != b.dataset) return true;
  return a.split != b.split && a.split != Split::kNone && b.split != Split::kNone;
}

class Auditor {
 public:
  Auditor(std::span<const Dataset> datasets, const AuditOptions& options)
      : datasets_(datasets), options_(options) {
    for (size_t d = 0; d < datasets.size(); ++d) {
      for (size_t i = 0; i < datasets[d].images.size(); ++i) {
        images_.push_back({static_cast<int32_t>(d), static_cast<int32_t>(i)});
      }
    }
  }

  AuditReport run() {
    find_patients();
    if (!options_.with_pixels) return std::move(report_);
    report_.with_pixels = true;
    read_pixels();
    find_equal();
    find_similar();
    return std::move(report_);
  }

 private:
  const Dataset& dataset(const AuditedImage& at) const {
    return datasets_[static_cast<size_t>(at.dataset)];
  }
  Place place(const AuditedImage& at) const {
    return {at.dataset, case_of(datasets_, at).split};
  }
  const AuditedImage& image(int64_t row) const {
    return images_[static_cast<size_t>(row)];
  }

  void find_patients();
  void read_pixels();
  void find_equal();
  void add_equal(const std::vector<AuditedImage>& group);
  void find_similar();
  void add_similar(const NearPair& pair);
  std::vector<std::string> contradicted(const std::vector<AuditedImage>& images) const;

  std::span<const Dataset> datasets_;
  const AuditOptions& options_;
  std::vector<AuditedImage> images_;  // A row each.
  std::vector<ImageSignature> signatures_;
  std::vector<float> shapes_;
  std::vector<std::string> failures_;  // A reason a row; empty: it was read.
  AuditReport report_;
};

void Auditor::find_patients() {
  using Person = std::pair<std::string_view, std::string_view>;  // Namespace, patient.
  std::map<std::string_view, std::unordered_map<std::string_view, Place>> seen;
  std::set<Person> leaking;
  const auto for_each_case = [&](const auto& visit) {
    for (size_t d = 0; d < datasets_.size(); ++d) {
      const auto& info = datasets_[d].info;
      if (!info.patients_are_known) continue;
      for (const auto& entry : datasets_[d].cases) {
        visit(static_cast<int32_t>(d), info, entry);
      }
    }
  };
  for_each_case([&](int32_t d, const DatasetInfo& info, const CaseEntry& entry) {
    const Place place{d, entry.split};
    if (place.split == Split::kNone && datasets_.size() == 1) return;
    auto& known =
        seen[info.patient_namespace].emplace(entry.patient, place).first->second;
    if (is_across(known, place)) {
      leaking.insert({info.patient_namespace, entry.patient});
    } else if (known.split == Split::kNone) {
      known = place;  // It leaks against more places, and against all that `known` did.
    }
  });
  std::map<Person, size_t> index;
  for_each_case([&](int32_t d, const DatasetInfo& info, const CaseEntry& entry) {
    const Person person{info.patient_namespace, entry.patient};
    if (leaking.count(person) == 0) return;
    auto& found = report_.patients_across_splits;
    const auto [at, is_new] = index.emplace(person, found.size());
    if (is_new) found.push_back({entry.patient, info.patient_namespace, {}});
    for (const int64_t i : entry.images) {
      found[at->second].images.push_back({d, static_cast<int32_t>(i)});
    }
  });
}

void Auditor::read_pixels() {
  std::vector<ImageSource> sources;
  for (const auto& set : datasets_) sources.emplace_back(set.info.root);
  const auto count = std::ssize(images_);
  signatures_.resize(images_.size());
  shapes_.resize(images_.size() * kShapeLength);
  failures_.resize(images_.size());
  std::mutex mutex;
  int64_t done = 0;
  for_each_in_parallel(count, options_.threads, [&](int64_t i) {
    const auto row = static_cast<size_t>(i);
    const auto& at = images_[row];
    const auto& path = dataset(at).images[static_cast<size_t>(at.image)].path;
    try {
      auto decoded = sources[static_cast<size_t>(at.dataset)].decode(path);
      if (decoded) {
        const std::span shape(shapes_.data() + row * kShapeLength, kShapeLength);
        signatures_[row] = sign_image(decoded.value(), shape);
      } else {
        failures_[row] = decoded.error().reason;
      }
    } catch (const std::bad_alloc&) {
      failures_[row] = "too large for the memory there is";
    }
    if (!options_.progress) return;
    const std::lock_guard lock(mutex);
    options_.progress(++done, count);
  });
  for (size_t row = 0; row < images_.size(); ++row) {
    if (!failures_[row].empty()) {
      report_.unreadable.push_back({images_[row], failures_[row]});
    }
  }
}

void Auditor::find_equal() {
  std::vector<size_t> rows;
  for (size_t row = 0; row < images_.size(); ++row) {
    if (failures_[row].empty()) rows.push_back(row);
  }
  const auto key = [&](size_t row) { return std::tuple(signatures_[row].digest, row); };
  std::sort(rows.begin(), rows.end(),
            [&](size_t a, size_t b) { return key(a) < key(b); });
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < rows.size();) {
    auto end = i + 1;
    const auto& digest = signatures_[rows[i]].digest;
    while (end < rows.size() && signatures_[rows[end]].digest == digest) ++end;
    if (end - i > 1)
      groups.emplace_back(rows.begin() + static_cast<int64_t>(i),
                          rows.begin() + static_cast<int64_t>(end));
    i = end;
  }
  std::sort(groups.begin(), groups.end());
  for (const auto& group : groups) {
    std::vector<AuditedImage> members;
    members.reserve(group.size());
    for (const size_t row : group) members.push_back(images_[row]);
    add_equal(members);
  }
}

void Auditor::add_equal(const std::vector<AuditedImage>& group) {
  std::map<Place, AuditedImage> first;
  bool across = false;
  for (const auto& member : group) {
    const auto [known, is_new] = first.emplace(place(member), member);
    if (!is_new) report_.exact_within_split.push_back({{known->second, member}});
  }
  for (const auto& [a, _] : first) {
    across = across || is_across(first.begin()->first, a) ||
             is_across(first.rbegin()->first, a);
  }
  if (across) report_.exact_across_splits.push_back({group});

  auto labels = contradicted(group);
  if (labels.empty()) return;
  report_.label_contradictions.push_back({group, std::move(labels), true, 1});
}

void Auditor::find_similar() {
  std::vector<int64_t> rows;
  for (size_t row = 0; row < images_.size(); ++row) {
    if (!signatures_[row].is_flat) rows.push_back(static_cast<int64_t>(row));
  }
  NearPairOptions options;
  options.threads = options_.threads;
  const auto found = find_near_pairs(shapes_, std::move(rows), options);
  report_.near_search_is_complete = found.complete;
  for (const auto& pair : found.pairs) add_similar(pair);
}

void Auditor::add_similar(const NearPair& pair) {
  const auto& a = image(pair.first);
  const auto& b = image(pair.second);
  const auto digest = [&](int64_t row) {
    return signatures_[static_cast<size_t>(row)].digest;
  };
  if (digest(pair.first) == digest(pair.second)) return;
  const SimilarImages similar{a, b, pair.correlation};
  auto& across =
      pair.mirrored ? report_.mirrored_across_splits : report_.near_across_splits;
  auto& within =
      pair.mirrored ? report_.mirrored_within_split : report_.near_within_split;
  if (is_across(place(a), place(b))) {
    across.push_back(similar);
  } else if (place(a) == place(b)) {
    within.push_back(similar);
  }
  if (pair.mirrored) return;
  auto labels = contradicted({a, b});
  if (labels.empty()) return;
  report_.label_contradictions.push_back(
      {{a, b}, std::move(labels), false, pair.correlation});
}

// @return the labels of which one image states the opposite of another, by name: sets
// that share no name do not contradict each other, nor do -1 and blanks.
std::vector<std::string> Auditor::contradicted(
    const std::vector<AuditedImage>& images) const {
  std::map<std::string, float> stated;
  std::map<std::vector<std::string>, float> classes;  // By the names of all classes.
  std::set<std::string> out;
  for (const auto& at : images) {
    const auto& info = dataset(at).info;
    const auto& values = case_of(datasets_, at).labels;
    const auto note = [&](auto& known, const auto& key, float value, const char* name) {
      if (std::isnan(value) || value < 0) return;
      if (known.emplace(key, value).first->second != value) out.insert(name);
    };
    if (info.kind == Kind::kMulticlass) {
      note(classes, info.labels, values[0], "label");
      continue;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      note(stated, info.labels[i], values[i], info.labels[i].c_str());
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace

int64_t AuditReport::num_leaks() const {
  return std::ssize(patients_across_splits) + std::ssize(exact_across_splits) +
         std::ssize(near_across_splits);
}

AuditReport audit(std::span<const Dataset> datasets, const AuditOptions& options) {
  return Auditor(datasets, options).run();
}

}  // namespace medgraft::data
