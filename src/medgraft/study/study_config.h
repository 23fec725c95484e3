#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/config/fields.h"
#include "medgraft/train/run_config.h"

namespace medgraft::study {

using config::Path;
using config::Role;

/// The arm that every other one is compared with.
struct BaselineConfig {
  std::string upstream, architecture;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("upstream", upstream,
          "name of an [[upstream]], \"photos@0.25\" for a part of it");
    field("architecture", architecture, "one of study.architectures");
  }
};

struct StudySection {
  std::string name;
  std::vector<int64_t> seeds = {0};
  std::vector<std::string> architectures;
  std::optional<BaselineConfig> baseline;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "what the report is called");
    field("seeds", seeds, "seeds of fine-tuning; one alone supports no claim about arms");
    field("architectures", architectures, "names that `medgraft model list` prints");
    field("baseline", baseline,
          "{upstream, architecture} that others are compared with; needed with several "
          "arms");
  }
};

/// What is claimed and by how much, fixed before test data are read.
struct AnalysisConfig {
  std::string primary = "auroc";
  std::map<std::string, double> margins;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("primary", primary, "the metric that verdicts and the search are about");
    field(
        "margins", margins,
        "by metric or \"gap.METRIC\": the difference that still counts as non-inferior");
  }
};

/// Where fine-tuning starts from: random weights (neither data set nor checkpoint), a
/// pre-training that the study runs itself, or weights that exist.
struct UpstreamConfig {
  std::string name;
  Path dataset, checkpoint;
  std::vector<double> fractions = {1};
  std::vector<int64_t> seeds = {0};
  nlohmann::json train = nlohmann::json::object();

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "how tables call it; \"scratch\" is random initialization");
    field("dataset", dataset, "data set to pre-train on");
    field("checkpoint", checkpoint,
          "weights instead: .npz, .safetensors or a run directory, with {architecture}");
    field("fractions", fractions, "shares of the data set, each an upstream of its own");
    field("seeds", seeds, "seeds of pre-training; fine-tuning seed i takes i mod n");
    field("train", train,
          "settings of `medgraft pretrain`: {steps, lr, data.resolution...}");
  }
};

struct TaskConfig {
  std::string name;
  Path dataset;
  std::vector<int64_t> resolutions;
  std::vector<double> fractions = {1};
  std::vector<train::OodConfig> ood;
  nlohmann::json train = nlohmann::json::object();
  train::SearchConfig search;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "how tables call it");
    field("dataset", dataset, "data set to fine-tune on");
    field("resolutions", resolutions, "pixels a side; auto: by HyperRule");
    field("fractions", fractions, "shares of the training patients");
    field("ood", ood, "other data sets to predict: [{name, dataset, labels}]");
    field("train", train, "settings of `medgraft finetune`: {steps, batch, lr...}");
    field("search", search,
          "learning rates to choose from on validation, per arm and fraction: "
          "{lr, steps, seeds}");
  }
};

/// A study file (DESIGN.md section 3).
struct StudyConfig {
  StudySection study;
  AnalysisConfig analysis;
  std::vector<UpstreamConfig> upstream;
  std::vector<TaskConfig> task;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("study", study, "");
    field("analysis", analysis, "");
    field("upstream", upstream, "where fine-tuning starts from, a table each");
    field("task", task, "what is fine-tuned for, a table each");
  }
};

}  // namespace medgraft::study
