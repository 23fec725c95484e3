#include "medgraft/data/summary.h"

#include <cmath>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/targets.h"

namespace medgraft::data {
namespace {

using nlohmann::json;

void count(json& counts, const std::string& key) {
  auto& value = counts[key];
  value = value.is_null() ? 1 : value.get<int64_t>() + 1;
}

// The group that an attribute's value falls into: itself, or its bin where it is a
// number.
std::string group_of(const Attribute& attribute, const std::string& value) {
  if (value.empty()) return "";
  const auto& edges = attribute.bin_edges;
  const auto number = parse_double(value);
  if (edges.empty() || !number) return value;
  size_t bin = 0;
  while (bin < edges.size() && *number >= edges[bin]) ++bin;
  if (bin == 0) return "below " + format_number(edges.front());
  if (bin == edges.size()) return "from " + format_number(edges.back());
  return format_number(edges[bin - 1]) + " to below " + format_number(edges[bin]);
}

void count_labels(const DatasetInfo& info, const CaseEntry& entry, json& counts) {
  if (info.kind == Kind::kMulticlass) {
    const float index = entry.labels[0];
    count(counts, std::isnan(index) ? "" : info.labels[static_cast<size_t>(index)]);
    return;
  }
  for (size_t i = 0; i < info.labels.size(); ++i) {
    const float value = entry.labels[i];
    const char* state = std::isnan(value) ? "blank"
                        : value < 0       ? "uncertain"
                        : value == 0      ? "negative"
                                          : "positive";
    count(counts[info.labels[i]], state);
  }
}

json empty_labels(const DatasetInfo& info) {
  auto labels = json::object();
  for (const auto& label : info.labels) {
    labels[label] =
        info.kind == Kind::kMulticlass
            ? json(0)
            : json{{"positive", 0}, {"negative", 0}, {"uncertain", 0}, {"blank", 0}};
  }
  return labels;
}

// What the policies make of one label's values.
struct TargetCounts {
  int64_t positive = 0, negative = 0, smoothed = 0, masked = 0;

  void add(const Target& target) {
    ++(target.weight == 0  ? masked
       : target.value == 1 ? positive
       : target.value == 0 ? negative
                           : smoothed);
  }
  json to_json() const {
    return {{"positive", positive},
            {"negative", negative},
            {"smoothed", smoothed},
            {"masked", masked}};
  }
};

// By label, for the cases of one split.
json count_targets(const Dataset& dataset, Split split) {
  const auto& labels = dataset.info.labels;
  const Targets targets(dataset.info);
  std::vector<TargetCounts> loss(labels.size()), metrics(labels.size());
  for (const auto& entry : dataset.cases) {
    if (entry.split != split) continue;
    const auto of_loss = targets.for_loss(entry), of_metrics = targets.for_metrics(entry);
    for (size_t i = 0; i < labels.size(); ++i) {
      loss[i].add(of_loss[i]);
      metrics[i].add(of_metrics[i]);
    }
  }
  json out = json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    out[labels[i]] = {{"uncertain", dataset.info.uncertain.at(labels[i])},
                      {"blank", dataset.info.blank.at(labels[i])},
                      {"loss", loss[i].to_json()},
                      {"metrics", metrics[i].to_json()}};
  }
  return out;
}

}  // namespace

json summarize(const Dataset& dataset) {
  const auto& info = dataset.info;
  json out = {{"name", info.name},
              {"kind", to_string(info.kind)},
              {"labels", info.labels},
              {"images", dataset.images.size()},
              {"cases", dataset.cases.size()},
              {"patients", nullptr},
              {"patients_across_splits", find_patient_leaks(dataset).num_patients},
              {"splits", json::object()}};
  std::map<std::string, std::set<std::string_view>> patients;
  for (const auto& entry : dataset.cases) {
    const std::string name(entry.split == Split::kNone ? "none" : to_string(entry.split));
    auto& split = out["splits"][name];
    if (split.is_null()) {
      split = {{"images", 0},
               {"cases", 0},
               {"patients", nullptr},
               {"labels", empty_labels(info)},
               {"sites", json::object()},
               {"views", json::object()},
               {"attributes", json::object()}};
    }
    count(split, "cases");
    split["images"] = split["images"].get<size_t>() + entry.images.size();
    count_labels(info, entry, split["labels"]);
    count(split["sites"], entry.site);
    for (const int64_t image : entry.images) {
      count(split["views"], dataset.images[static_cast<size_t>(image)].view);
    }
    for (size_t i = 0; i < info.attributes.size(); ++i) {
      const auto& attribute = info.attributes[i];
      count(split["attributes"][attribute.name],
            group_of(attribute, entry.attributes[i]));
    }
    patients[name].insert(entry.patient);
    patients[""].insert(entry.patient);
  }
  for (const Split split : {Split::kNone, Split::kTrain, Split::kVal, Split::kTest}) {
    const auto found =
        out["splits"].find(split == Split::kNone ? "none" : to_string(split));
    if (info.kind == Kind::kMulticlass || found == out["splits"].end()) continue;
    (*found)["targets"] = count_targets(dataset, split);
  }
  if (info.patients_are_known) {
    out["patients"] = patients[""].size();
    for (auto& [name, split] : out["splits"].items()) {
      split["patients"] = patients[name].size();
    }
  }
  return out;
}

json summarize_files(const Dataset& dataset) {
  constexpr int64_t kListed = 20;
  json out = {{"sizes", json::object()},
              {"bit_depths", json::object()},
              {"formats", json::object()},
              {"channels", json::object()},
              {"unreadable", {{"count", 0}, {"items", json::array()}}}};
  const ImageSource images(dataset.info.root);
  for (const auto& entry : dataset.images) {
    auto header = images.header(entry.path);
    if (!header) {
      auto& unreadable = out["unreadable"];
      count(unreadable, "count");
      if (unreadable["count"] <= kListed) {
        unreadable["items"].push_back(
            {{"image", entry.path}, {"reason", header.error().reason}});
      }
      continue;
    }
    const auto& found = header.value();
    count(out["sizes"], text(found.height, " x ", found.width));
    count(out["bit_depths"], text(found.bit_depth));
    count(out["formats"], found.format);
    count(out["channels"], text(found.channels));
  }
  return out;
}

}  // namespace medgraft::data
