#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/config/document.h"
#include "medgraft/config/fields.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/targets.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

struct PreprocessKeys {
  std::string train, eval;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("train", train, "program for training images");
    field("eval", eval, "program for all others");
  }
};

/// dataset.toml as it is written.
struct DatasetKeys {
  std::string name, title, citation, license, kind, patient, patient_namespace;
  config::Path root, manifest;
  std::vector<std::string> labels, classes;
  json attributes, uncertain, blank;
  PreprocessKeys preprocess;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "short name");
    field("title", title, "full name");
    field("citation", citation, "what to cite");
    field("license", license, "terms of use");
    field("root", root, "folder that image paths are relative to");
    field("manifest", manifest, "the table of images");
    field("kind", kind, "binary, multilabel or multiclass");
    field("labels", labels, "label columns; class names where multi-class");
    field("classes", classes, "another name for labels where multi-class");
    field("attributes", attributes, "names, or {name, bins} for numbers");
    field("uncertain", uncertain, "policy for -1, for all labels or by label");
    field("blank", blank, "mask or zero, for all labels or by label");
    field("preprocess", preprocess, "");
    field("patient", patient, "\"none\": patients are not known");
    field("patient_namespace", patient_namespace, "whose patient ids these are");
  }
};

Kind parse_kind(const Document& document, const std::string& kind) {
  for (const Kind known : {Kind::kBinary, Kind::kMultilabel, Kind::kMulticlass}) {
    if (kind == to_string(known)) return known;
  }
  document.require_at(false, "kind", "is binary, multilabel or multiclass, got \"", kind,
                      "\"");
  return Kind::kBinary;
}

std::vector<double> bins_of(const Document& document, const std::string& at,
                            const json& value) {
  auto bins = config::read_value<std::vector<double>>(document, at, value);
  document.require_at(std::is_sorted(bins.begin(), bins.end()), at, "rises, got ",
                      value.dump());
  return bins;
}

// One attribute: "sex", { name = "age", bins = [40, 60] }, or NAME = "category" | bins.
Attribute parse_attribute(const Document& document, const std::string& at,
                          std::string name, const json& value) {
  Attribute attribute{std::move(name), {}};
  if (value.is_array()) {
    attribute.bin_edges = bins_of(document, at, value);
  } else if (value.is_string() && attribute.name.empty()) {
    attribute.name = value.get<std::string>();
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      if (key == "name") {
        attribute.name = config::read_value<std::string>(document, at + ".name", item);
      } else {
        document.require_at(key == "bins" || key == "bin_edges", at + "." + key,
                            "is not a known key", hint(key, {"name", "bins"}));
        attribute.bin_edges = bins_of(document, at + "." + key, item);
      }
    }
  } else {
    document.require_at(value == "category", at,
                        "is \"category\" or the list of bin edges of a number, got ",
                        value.dump());
  }
  document.require_at(!attribute.name.empty(), at, "lacks a name");
  return attribute;
}

std::vector<Attribute> parse_attributes(const Document& document, const json& value) {
  std::vector<Attribute> attributes;
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) {
      attributes.push_back(parse_attribute(document, "attributes." + name, name, item));
    }
    return attributes;
  }
  document.require_at(value.is_null() || value.is_array(), "attributes",
                      "is a list of names and { name, bins }, got ", value.dump());
  for (const auto& item : value) {
    const auto at = text("attributes[", attributes.size(), "]");
    attributes.push_back(parse_attribute(document, at, "", item));
  }
  return attributes;
}

// A policy for all labels, or a table of them; `default` in it is for those not named.
std::map<std::string, std::string> parse_policies(const Document& document,
                                                  const std::string& key,
                                                  const json& value,
                                                  const std::vector<std::string>& labels,
                                                  const std::string& otherwise) {
  std::string rest = otherwise;
  std::map<std::string, std::string> named;
  if (value.is_object()) {
    for (const auto& [label, policy] : value.items()) {
      const auto at = key + "." + label;
      const auto text = config::read_value<std::string>(document, at, policy);
      if (label == "default") {
        rest = text;
        continue;
      }
      document.require_at(std::find(labels.begin(), labels.end(), label) != labels.end(),
                          at, "is not a label", hint(label, labels));
      named[label] = text;
    }
  } else if (!value.is_null()) {
    rest = config::read_value<std::string>(document, key, value);
  }
  std::map<std::string, std::string> policies;
  for (const auto& label : labels) {
    const auto found = named.find(label);
    policies[label] = found == named.end() ? rest : found->second;
    const auto check = key == "blank" ? check_blank_policy : check_uncertain_policy;
    const auto complaint = check(policies[label]);
    document.require_at(complaint.empty(), key, complaint);
  }
  return policies;
}

void require_labels(const Document& document, const DatasetInfo& info) {
  const auto count = info.labels.size();
  document.require_at(
      count > 0, "labels",
      "is missing: the label columns, or the class names of a multi-class set");
  document.require_at(info.kind != Kind::kBinary || count == 1, "labels", "has ", count,
                      " names; a binary set has one, its positive class");
  document.require_at(info.kind != Kind::kMulticlass || count > 1, "labels",
                      "has one name; a multi-class set has at least two classes");
  auto sorted = info.labels;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  document.require_at(twice == sorted.end(), "labels", "names \"",
                      twice == sorted.end() ? "" : *twice, "\" twice");
}

}  // namespace

DatasetInfo read_dataset_info(const fs::path& path) {
  std::error_code status;
  const auto file = fs::is_directory(path, status) ? path / "dataset.toml" : path;
  require(fs::exists(file, status), "there is no data set at ", path.string(),
          ": a folder with a dataset.toml, or that file, is expected");
  require(file.extension() != ".csv", file.string(),
          " is a table, no data set: a folder with a dataset.toml, or that file, is "
          "expected");
  const auto document = config::read_toml(file);
  DatasetKeys keys;
  config::assign(keys, document);

  DatasetInfo info;
  info.name = keys.name;
  info.title = keys.title;
  info.citation = keys.citation;
  info.license = keys.license;
  const auto folder = file.parent_path();
  // By the folder's real place: ".." behind a link would lead elsewhere.
  info.root = keys.root.value.empty()
                  ? folder
                  : fs::weakly_canonical(folder.empty() ? fs::path(".") : folder) /
                        document.values.at("root").get<std::string>();
  info.manifest = keys.manifest.value.empty() ? folder / "manifest.csv"
                                              : fs::path(keys.manifest.value);
  if (info.name.empty()) {
    info.name = fs::absolute(file).lexically_normal().parent_path().filename().string();
  }
  info.kind = parse_kind(document, keys.kind);
  info.labels = keys.labels.empty() ? keys.classes : keys.labels;
  require_labels(document, info);
  info.attributes = parse_attributes(document, keys.attributes);
  info.attributes_are_declared = !keys.attributes.is_null();
  info.uncertain =
      parse_policies(document, "uncertain", keys.uncertain, info.labels, "ignore");
  info.blank = parse_policies(document, "blank", keys.blank, info.labels, "mask");
  info.train_preprocess = keys.preprocess.train;
  info.eval_preprocess = keys.preprocess.eval;
  info.patient_namespace =
      keys.patient_namespace.empty() ? info.name : keys.patient_namespace;
  document.require_at(
      keys.patient.empty() || keys.patient == "none", "patient",
      "is \"none\" or left out (the manifest's column is then read), got \"",
      keys.patient, "\"");
  info.patients_are_known = keys.patient.empty();
  return info;
}

}  // namespace medgraft::data
