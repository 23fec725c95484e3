#include <algorithm>
#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/declared_bins.h"
#include "medgraft/evaluation/evaluate.h"

namespace medgraft::evaluation {
namespace {

namespace fs = std::filesystem;

// Splits of other data sets may have other attributes: blank where a file has none.
// Before the cases are appended.
void append_attributes(Predictions& to, const Predictions& from) {
  const auto named = [](const std::string& name) {
    return [&name](const auto& attribute) { return attribute.first == name; };
  };
  for (const auto& [name, _] : from.attributes) {
    if (std::none_of(to.attributes.begin(), to.attributes.end(), named(name))) {
      to.attributes.push_back({name, std::vector<std::string>(to.cases.size())});
    }
  }
  for (auto& [name, values] : to.attributes) {
    const auto found =
        std::find_if(from.attributes.begin(), from.attributes.end(), named(name));
    if (found != from.attributes.end()) {
      values.insert(values.end(), found->second.begin(), found->second.end());
    } else {
      values.resize(values.size() + from.cases.size());
    }
  }
}

void append(Predictions& to, const Predictions& from, const std::string& file) {
  require(to.names == from.names && to.multiclass == from.multiclass, file,
          " has other labels than the run's other predictions");
  require(to.feature_names == from.feature_names, file, " has ",
          from.feature_names.size(),
          " feature: columns where the run's other "
          "predictions have ",
          to.feature_names.size(), "; the same ones are needed");
  const auto extend = [](auto& a, const auto& b) {
    a.insert(a.end(), b.begin(), b.end());
  };
  append_attributes(to, from);
  extend(to.cases, from.cases);
  extend(to.patients, from.patients);
  extend(to.splits, from.splits);
  extend(to.sites, from.sites);
  extend(to.labels, from.labels);
  extend(to.probabilities, from.probabilities);
  extend(to.logits, from.logits);
  extend(to.features, from.features);
}

std::vector<std::string> prediction_files(const fs::path& run) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(run)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("predictions_") && name.ends_with(".csv")) {
      files.push_back(entry.path().string());
    }
  }
  require(!files.empty(), run.string(),
          " is a folder without predictions_*.csv; a "
          "predictions file or a finished run directory is accepted");
  std::sort(files.begin(), files.end());
  return files;
}

// A patient of both validation and test makes the test figures optimistic.
void refuse_leaks(const Predictions& predictions, const std::string& name) {
  if (predictions.patients.empty()) return;
  std::unordered_map<std::string_view, std::string_view> split_of;
  std::unordered_set<std::string_view> leaking;
  for (size_t i = 0; i < predictions.cases.size(); ++i) {
    const std::string_view split = predictions.splits[i];
    const std::string_view patient = predictions.patients[i];
    if (patient.empty() || split.starts_with("ood-")) continue;
    const auto [found, is_new] = split_of.emplace(patient, split);
    if (!is_new && found->second != split) leaking.insert(patient);
  }
  require(leaking.empty(), name, ": ", leaking.size(),
          leaking.size() == 1 ? " patient is" : " patients are",
          " in more than one split; a patient belongs to one");
}

}  // namespace

Model read_model(const std::string& argument) {
  Model model;
  auto path = argument;
  const auto equals = argument.find('=');
  if (equals != std::string::npos && !fs::exists(argument)) {
    model.name = argument.substr(0, equals);
    path = argument.substr(equals + 1);
  }
  require(fs::exists(path), path,
          " does not exist; a predictions file or a run directory is "
          "accepted");
  const bool is_run = fs::is_directory(path);
  if (model.name.empty()) {
    const fs::path clean = fs::path(path).lexically_normal();
    model.name = !is_run                ? clean.stem().string()
                 : clean.has_filename() ? clean.filename().string()
                                        : clean.parent_path().filename().string();
  }
  model.files = is_run ? prediction_files(path) : std::vector<std::string>{path};
  for (size_t i = 0; i < model.files.size(); ++i) {
    auto predictions = read_predictions(model.files[i]);
    if (i == 0) {
      model.predictions = std::move(predictions);
    } else {
      append(model.predictions, predictions, model.files[i]);
    }
  }
  refuse_leaks(model.predictions, model.name);
  if (is_run) model.bins = read_declared_bins(path);
  return model;
}

}  // namespace medgraft::evaluation
