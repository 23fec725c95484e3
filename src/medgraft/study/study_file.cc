#include "medgraft/study/study_file.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

// What a `train` table cannot set, because the study does.
constexpr const char* kSetByStudy[] = {
    "data.dataset", "data.train_fraction", "data.val_fraction", "model.architecture",
    "model.init",   "train.seed",          "evaluate.ood"};

void make_absolute(Path& path) {
  if (!path.value.empty() && !path.value.starts_with("mean_var:")) {
    path.value = fs::absolute(path.value).lexically_normal().string();
  }
}

template <class T>
void require_distinct(const Document& document, const std::string& path,
                      const std::vector<T>& values) {
  document.require_at(!values.empty(), path, "is empty; at least one value is needed");
  std::set<T> seen;
  for (const auto& value : values) {
    document.require_at(seen.insert(value).second, path, "lists ", value, " twice");
  }
}

void check_fractions(const Document& document, const std::string& path,
                     const std::vector<double>& fractions) {
  require_distinct(document, path, fractions);
  for (const double fraction : fractions) {
    document.require_at(fraction > 0 && fraction <= 1, path,
                        "is a list of shares above 0 and at most 1, got ",
                        format_number(fraction));
  }
}

// Names become parts of labels ("photos@0.25") and of tables.
void check_name(const Document& document, const std::string& path,
                const std::string& name, std::set<std::string>& seen) {
  document.require_at(!name.empty(), path, "is missing; every table needs a name");
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
  });
  document.require_at(plain, path, "is letters, digits and - _ . + alone, got \"", name,
                      "\"");
  document.require_at(seen.insert(name).second, path, "\"", name,
                      "\" is the name of an earlier table too");
}

void check_upstreams(const Study& study) {
  const auto& document = study.document;
  std::set<std::string> names;
  for (size_t i = 0; i < study.config.upstream.size(); ++i) {
    const auto& upstream = study.config.upstream[i];
    const auto path = text("upstream[", i, "]");
    check_name(document, path + ".name", upstream.name, names);
    document.require_at(
        upstream.dataset.value.empty() || upstream.checkpoint.value.empty(), path,
        "has a dataset and a checkpoint; one of them is accepted");
    require_distinct(document, path + ".seeds", upstream.seeds);
    check_fractions(document, path + ".fractions", upstream.fractions);
    document.require_at(upstream.train.is_object(), path + ".train", "is a table, got ",
                        upstream.train.dump());
    if (!upstream.dataset.value.empty()) continue;
    document.require_at(upstream.fractions == std::vector<double>{1}, path + ".fractions",
                        "needs a dataset: weights that exist have no parts");
    document.require_at(upstream.seeds.size() == 1, path + ".seeds",
                        "needs a dataset: nothing is trained here");
    document.require_at(upstream.train.empty(), path + ".train",
                        "needs a dataset: nothing is trained here");
  }
}

void check_search(const Document& document, const std::string& path,
                  const TaskConfig& task) {
  const auto& search = task.search;
  if (search.lr.empty()) {
    document.require_at(!search.steps && search.seeds.empty(), path,
                        "names no lr; a list of learning rates to try is expected");
    return;
  }
  require_distinct(document, path + ".lr", search.lr);
  for (const double lr : search.lr) {
    document.require_at(std::isfinite(lr) && lr > 0, path + ".lr",
                        "is a list of rates above 0, got ", format_number(lr));
  }
  document.require_at(!search.steps || *search.steps > 0, path + ".steps",
                      "is at least 1, got ", search.steps.value_or(0));
  document.require_at(!task.train.contains("lr"), path,
                      "chooses the lr that train.lr sets; one of them is accepted");
}

void check_tasks(const Study& study) {
  const auto& document = study.document;
  std::set<std::string> names;
  for (size_t i = 0; i < study.config.task.size(); ++i) {
    const auto& task = study.config.task[i];
    const auto path = text("task[", i, "]");
    check_name(document, path + ".name", task.name, names);
    document.require_at(!task.dataset.value.empty(), path, "has no dataset");
    document.require_at(task.train.is_object(), path + ".train", "is a table, got ",
                        task.train.dump());
    if (!task.resolutions.empty()) {
      require_distinct(document, path + ".resolutions", task.resolutions);
    }
    for (const int64_t resolution : task.resolutions) {
      document.require_at(resolution >= 32 && resolution <= 8192, path + ".resolutions",
                          "lies in 32..8192 pixels, got ", resolution);
    }
    check_fractions(document, path + ".fractions", task.fractions);
    check_search(document, path + ".search", task);
    std::set<std::string> ood;
    for (size_t k = 0; k < task.ood.size(); ++k) {
      const auto at = text(path, ".ood[", k, "]");
      check_name(document, at + ".name", task.ood[k].name, ood);
      document.require_at(!task.ood[k].dataset.value.empty(), at, "has no dataset");
    }
  }
}

void check_baseline(const Study& study) {
  const auto& section = study.config.study;
  const auto& document = study.document;
  std::vector<std::string> labels;
  for (const auto& part : upstream_parts(study.config)) labels.push_back(part.label);
  if (!section.baseline) {
    document.require_at(labels.size() * section.architectures.size() == 1, "study",
                        "has no baseline = {upstream, architecture}, which several arms "
                        "need: it says what the others are compared with");
    return;
  }
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto& [upstream, architecture] = *section.baseline;
  document.require_at(has(labels, upstream), "study.baseline.upstream", "\"", upstream,
                      "\" is no upstream of the study", hint(upstream, labels));
  document.require_at(has(section.architectures, architecture),
                      "study.baseline.architecture", "\"", architecture,
                      "\" is not in study.architectures",
                      hint(architecture, section.architectures));
}

void check(const Study& study) {
  const auto& section = study.config.study;
  const auto& document = study.document;
  document.require_at(!section.name.empty(), "study", "has no name");
  require_distinct(document, "study.seeds", section.seeds);
  require_distinct(document, "study.architectures", section.architectures);
  document.require_at(!study.config.upstream.empty(), "study",
                      "has no [[upstream]]; name = \"scratch\" is the least");
  document.require_at(!study.config.task.empty(), "study", "has no [[task]]");
  for (const auto& [metric, margin] : study.config.analysis.margins) {
    document.require_at(std::isfinite(margin) && margin > 0, "analysis.margins", "of ",
                        metric, " is above 0, got ", format_number(margin));
  }
  check_upstreams(study);
  check_tasks(study);
  check_baseline(study);
}

template <class Section>
void apply_section(const Document& document, const json& settings,
                   const std::string& path, const std::string& name, Section& section) {
  const auto found = settings.find(name);
  if (found == settings.end()) return;
  const auto at = path + "." + name;
  document.require_at(found->is_object(), at, "is a table, got ", found->dump());
  for (const auto& [key, value] : found->items()) {
    const auto full = name + "." + key;
    for (const char* reserved : kSetByStudy) {
      document.require_at(full != reserved, at + "." + key, "is set by the study itself");
    }
  }
  config::assign(section, document, *found, at);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string upstream_label(const std::string& name, double fraction) {
  return fraction == 1 ? name : name + "@" + format_number(fraction);
}

std::vector<UpstreamPart> upstream_parts(const StudyConfig& config) {
  std::vector<UpstreamPart> parts;
  for (const auto& upstream : config.upstream) {
    for (const double fraction : upstream.fractions) {
      parts.push_back({&upstream, fraction, upstream_label(upstream.name, fraction)});
    }
  }
  return parts;
}

Study read_study(const fs::path& file, const std::vector<std::string>& overrides) {
  Study study;
  study.document = config::read_toml(file);
  study.document.directory = fs::absolute(file).parent_path();
  for (const auto& assignment : overrides) {
    config::override_value(study.document, assignment);
  }
  config::assign(study.config, study.document);
  for (auto& upstream : study.config.upstream) {
    make_absolute(upstream.dataset);
    make_absolute(upstream.checkpoint);
  }
  for (auto& task : study.config.task) {
    make_absolute(task.dataset);
    for (auto& ood : task.ood) make_absolute(ood.dataset);
  }
  check(study);
  return study;
}

void apply_settings(const Document& document, const json& settings,
                    const std::string& path, train::RunConfig& run) {
  const auto sections = config::field_names<train::RunConfig>();
  const auto train_keys = config::field_names<train::TrainConfig>();
  const auto data_keys = config::field_names<train::DataConfig>();
  auto known = train_keys;
  known.insert(known.end(), sections.begin(), sections.end());
  known.insert(known.end(),
               {"resolution", "cache_megabytes", "max_unreadable", "allow_leaks"});

  json of_train = json::object(), of_data = json::object();
  for (const auto& [key, value] : settings.items()) {
    const auto at = path + "." + key;
    document.require_at(contains(known, key), at, "is not a known key", hint(key, known));
    document.require_at(key != "seed" && key != "search", at,
                        "is set by the study itself");
    if (contains(train_keys, key)) {
      of_train[key] = value;
    } else if (contains(data_keys, key)) {
      of_data[key] = value;
    }
  }
  config::assign(run.train, document, of_train, path);
  config::assign(run.data, document, of_data, path);
  apply_section(document, settings, path, "train", run.train);
  apply_section(document, settings, path, "data", run.data);
  apply_section(document, settings, path, "model", run.model);
  apply_section(document, settings, path, "preprocess", run.preprocess);
  apply_section(document, settings, path, "evaluate", run.evaluate);
}

}  // namespace medgraft::study
