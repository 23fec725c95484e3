#include <cmath>
#include <set>

#include "medgraft/data/audit.h"

namespace medgraft::data {
namespace {

using nlohmann::json;

constexpr size_t kListed = 10'000;

class Writer {
 public:
  explicit Writer(std::span<const Dataset> datasets) : datasets_(datasets) {}

  json image(const AuditedImage& at) const {
    const auto& set = dataset(at);
    const auto& found = set.images[static_cast<size_t>(at.image)];
    const auto& entry = set.cases[static_cast<size_t>(found.case_index)];
    return {
        {"dataset", set.info.name},
        {"image", found.path},
        {"case", entry.id},
        {"split", entry.split == Split::kNone ? json() : json(to_string(entry.split))}};
  }

  json images(const std::vector<AuditedImage>& all) const {
    auto out = json::array();
    for (const auto& at : all) out.push_back(image(at));
    return out;
  }

  json item(const LeakingPatient& found) const {
    std::set<std::string> splits, sets;
    for (const auto& at : found.images) {
      const auto& entry = case_of(datasets_, at);
      if (entry.split != Split::kNone) splits.emplace(to_string(entry.split));
      sets.insert(dataset(at).info.name);
    }
    return {{"patient", found.patient},
            {"patient_namespace", found.patient_namespace},
            {"splits", splits},
            {"datasets", sets},
            {"images", images(found.images)}};
  }

  json item(const EqualImages& found) const { return {{"images", images(found.images)}}; }

  json item(const SimilarImages& found) const {
    return {{"images", images({found.first, found.second})},
            {"correlation", found.correlation}};
  }

  json item(const Contradiction& found) const {
    json out = {{"images", json::array()},
                {"labels", found.labels},
                {"equal_pixels", found.equal_pixels},
                {"correlation", found.correlation}};
    for (const auto& at : found.images) {
      auto one = image(at);
      for (const auto& label : found.labels) one["labels"][label] = stated(at, label);
      out["images"].push_back(one);
    }
    return out;
  }

  json item(const UnreadableImage& found) const {
    auto out = image(found.image);
    out["reason"] = found.reason;
    return out;
  }

  /// {"count", "items"}; a null count for what was not looked at.
  template <class Finding>
  json list(const std::vector<Finding>& findings, bool looked = true) const {
    json out = {{"count", nullptr}, {"items", json::array()}};
    if (!looked) return out;
    out["count"] = findings.size();
    for (size_t i = 0; i < findings.size() && i < kListed; ++i) {
      out["items"].push_back(item(findings[i]));
    }
    if (findings.size() > kListed) out["left_out"] = findings.size() - kListed;
    return out;
  }

 private:
  const Dataset& dataset(const AuditedImage& at) const {
    return datasets_[static_cast<size_t>(at.dataset)];
  }

  // What the image's case says of a label: 0, 1, -1 or null; the class if multi-class.
  json stated(const AuditedImage& at, const std::string& label) const {
    const auto& info = dataset(at).info;
    const auto& values = case_of(datasets_, at).labels;
    if (info.kind == Kind::kMulticlass) {
      return std::isnan(values[0]) ? json()
                                   : json(info.labels[static_cast<size_t>(values[0])]);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (info.labels[i] == label && !std::isnan(values[i])) {
        return static_cast<int>(values[i]);
      }
    }
    return nullptr;
  }

  std::span<const Dataset> datasets_;
};

}  // namespace

json audit_json(std::span<const Dataset> datasets, const AuditReport& report) {
  const Writer writer(datasets);
  const bool pixels = report.with_pixels;
  json out = {
      {"schema", 1},
      {"pixels", pixels},
      {"leaks", report.num_leaks()},
      {"near_search_complete", pixels ? json(report.near_search_is_complete) : json()},
      {"datasets", json::array()}};
  for (const auto& set : datasets) {
    out["datasets"].push_back({{"name", set.info.name},
                               {"manifest", set.info.manifest.string()},
                               {"manifest_sha256", set.manifest_sha256},
                               {"images", set.images.size()},
                               {"cases", set.cases.size()},
                               {"patients_are_known", set.info.patients_are_known}});
  }
  out["patients_across_splits"] = writer.list(report.patients_across_splits);
  out["exact_duplicates_across_splits"] = writer.list(report.exact_across_splits, pixels);
  out["near_duplicates_across_splits"] = writer.list(report.near_across_splits, pixels);
  out["exact_duplicates_within_split"] = writer.list(report.exact_within_split, pixels);
  out["near_duplicates_within_split"] = writer.list(report.near_within_split, pixels);
  out["mirrored_duplicates_across_splits"] =
      writer.list(report.mirrored_across_splits, pixels);
  out["mirrored_duplicates_within_split"] =
      writer.list(report.mirrored_within_split, pixels);
  out["label_contradictions"] = writer.list(report.label_contradictions, pixels);
  out["unreadable"] = writer.list(report.unreadable, pixels);
  return out;
}

}  // namespace medgraft::data
