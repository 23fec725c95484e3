#include "medgraft/evaluation/evaluate.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "command_line.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::app {
namespace {

using nlohmann::json;

std::string figure(const json& value, const char* key) {
  return value[key].is_null() ? "-" : format_fixed(value[key], 3);
}

void print_table(const json& document) {
  std::printf("%-20s %-12s %-18s %8s  %-16s %s\n", "model", "split", "metric", "value",
              "95% interval", "cases");
  for (const auto& [model, content] : document["models"].items()) {
    for (const auto& [split, scores] : content["splits"].items()) {
      for (const auto& [metric, value] : scores["metrics"].items()) {
        std::printf(
            "%-20s %-12s %-18s %8s  %-16s %s\n", model.c_str(), split.c_str(),
            metric.c_str(), figure(value, "value").c_str(),
            text("[", figure(value, "ci_low"), ", ", figure(value, "ci_high"), "]")
                .c_str(),
            value["n_cases"].dump().c_str());
      }
    }
  }
  if (document["comparisons"].empty()) return;
  std::printf("\n%-28s %-12s %-18s %10s  %-18s %8s %8s  %s\n", "difference", "split",
              "metric", "a - b", "95% interval", "p", "p (Holm)", "test");
  for (const auto& row : document["comparisons"]) {
    std::printf(
        "%-28s %-12s %-18s %10s  %-18s %8s %8s  %s\n",
        text(row["a"].get<std::string>(), " - ", row["b"].get<std::string>()).c_str(),
        row["split"].get<std::string>().c_str(), row["metric"].get<std::string>().c_str(),
        figure(row, "difference").c_str(),
        text("[", figure(row, "ci_low"), ", ", figure(row, "ci_high"), "]").c_str(),
        figure(row, "p").c_str(), figure(row, "p_adjusted").c_str(),
        row["test"].get<std::string>().c_str());
  }
}

std::string tidy_table(const json& document) {
  CsvWriter out;
  for (const char* name : {"model", "split", "label", "metric", "value", "ci_low",
                           "ci_high", "method", "n_cases", "n_patients", "reason"}) {
    out.field(name);
  }
  out.end_row();
  const auto row = [&](const std::string& model, const std::string& split,
                       const std::string& label, const std::string& metric,
                       const json& value) {
    out.field(model).field(split).field(label).field(metric);
    for (const char* key :
         {"value", "ci_low", "ci_high", "method", "n_cases", "n_patients", "reason"}) {
      const auto& item = value[key];
      out.field(item.is_null()     ? std::string()
                : item.is_string() ? item.get<std::string>()
                                   : item.dump());
    }
    out.end_row();
  };
  for (const auto& [model, content] : document["models"].items()) {
    for (const auto& [split, scores] : content["splits"].items()) {
      for (const auto& [metric, value] : scores["metrics"].items()) {
        row(model, split, "", metric, value);
      }
      for (const auto& [label, metrics] : scores["labels"].items()) {
        for (const auto& [metric, value] : metrics.items()) {
          row(model, split, label, metric, value);
        }
      }
    }
  }
  return out.text();
}

std::vector<evaluation::Metric> parse_metrics(const std::string& list) {
  std::vector<evaluation::Metric> metrics;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    metrics.push_back(evaluation::parse_metric(name));
  }
  require(!metrics.empty(), "--metrics names no metric");
  return metrics;
}

// "age=40,60,80"
void parse_bins(const std::string& argument, evaluation::EvaluateOptions& options) {
  const auto equals = argument.find('=');
  require(equals != std::string::npos && equals > 0, "--bins is \"", argument,
          "\"; NAME=EDGE,EDGE... is accepted, as age=40,60,80");
  auto& edges = options.bins[argument.substr(0, equals)];
  require(edges.empty(), "--bins names ", argument.substr(0, equals), " twice");
  std::istringstream numbers(argument.substr(equals + 1));
  for (std::string edge; std::getline(numbers, edge, ',');) {
    const auto value = parse_double(edge);
    require(value && std::isfinite(*value) && (edges.empty() || *value > edges.back()),
            "--bins ", argument, ": \"", edge, "\" is no number above the one before it");
    edges.push_back(*value);
  }
  require(!edges.empty(), "--bins ", argument, " names no edge");
}

}  // namespace

int run_evaluate(Arguments arguments) {
  CommandLine line("evaluate",
                   "scores predictions of ours or of any other tool, with intervals");
  std::vector<std::string> inputs;
  std::vector<std::string> bins;
  std::string metrics, csv;
  evaluation::EvaluateOptions options;
  line.app()
      .add_option("predictions", inputs,
                  "[NAME=]PREDICTIONS.csv or run directory, one a model")
      ->required();
  line.app().add_flag("--compare", options.compare, "compare all pairs of models");
  line.app().add_option("--baseline", options.baseline,
                        "compare every model with this one");
  line.app().add_option("--metrics", metrics, "comma-separated; all by default");
  line.app()
      .add_option("--replicates", options.replicates,
                  "bootstrap replicates; 0 for no intervals")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  line.app()
      .add_option("--min-group", options.min_group,
                  "patients that a subgroup's denominator needs to be shown")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  line.app()
      .add_option("--bins", bins,
                  "NAME=EDGE,EDGE...: groups [low, high) of a numeric attribute; "
                  "may be repeated")
      ->allow_extra_args(false);
  line.app().add_option("--csv", csv, "also write a tidy table here");
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  if (!metrics.empty()) options.metrics = parse_metrics(metrics);
  for (const auto& argument : bins) parse_bins(argument, options);
  options.threads =
      common.threads > 0
          ? common.threads
          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  require(common.out.has_value() || common.json || !csv.empty(),
          "--out evaluation.json is needed (or --json, to print it)");
  for (const auto& path : {common.out.value_or(""), csv}) {
    require(path.empty() || common.force || !std::filesystem::exists(path), path,
            " exists; choose another file, or pass --force to replace it");
  }

  std::vector<evaluation::Model> models;
  for (const auto& input : inputs) models.push_back(evaluation::read_model(input));
  const auto document = evaluation::evaluate(models, options);
  if (common.out) write_file_atomically(*common.out, document.dump(2) + "\n");
  if (!csv.empty()) write_file_atomically(csv, tidy_table(document));
  if (common.json) {
    std::cout << document.dump(2) << std::endl;
  } else if (!common.quiet) {
    print_table(document);
  }
  return 0;
}

}  // namespace medgraft::app
