#include "evaluate_flags.h"

#include <cmath>
#include <optional>
#include <set>
#include <sstream>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"

namespace medgraft::app {
namespace {

using evaluation::ComparisonTest;
using evaluation::EvaluateOptions;

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream items(list);
  for (std::string name; std::getline(items, name, ',');) names.push_back(name);
  return names;
}

std::vector<evaluation::Metric> parse_metrics(const std::string& list) {
  std::vector<evaluation::Metric> metrics;
  for (const auto& name : split_list(list)) {
    metrics.push_back(evaluation::parse_metric(name));
  }
  require(!metrics.empty(), "--metrics names no metric");
  return metrics;
}

std::set<std::string> parse_sections(const std::string& list) {
  const auto known = evaluation::optional_sections();
  if (list == "all") return known;
  if (list == "none") return {};
  const std::vector<std::string> names(known.begin(), known.end());
  std::set<std::string> sections;
  for (const auto& name : split_list(list)) {
    require(known.contains(name), "unknown section \"", name, "\"", hint(name, names));
    sections.insert(name);
  }
  return sections;
}

void add_margin(const std::string& argument, EvaluateOptions& options) {
  const auto equals = argument.find('=');
  std::optional<double> value;
  if (equals != std::string::npos) value = parse_double(argument.substr(equals + 1));
  const double margin = value.value_or(0);
  require(margin > 0, "--margin ", argument,
          ": METRIC=NUMBER above 0 is accepted, such as auroc=0.02");
  const auto name = argument.substr(0, equals);
  if (!name.starts_with("gap.")) evaluation::parse_metric(name);
  options.margins[name] = margin;
}

void add_cell(const std::string& argument, EvaluateOptions& options) {
  const auto equals = argument.find('=');
  require(equals != std::string::npos && equals > 0, "--cell ", argument,
          ": ARM=MODEL,MODEL,... is accepted");
  options.cells.push_back(
      {argument.substr(0, equals), split_list(argument.substr(equals + 1)), 0, ""});
}

// "age=40,60,80"
void add_bins(const std::string& argument, EvaluateOptions& options) {
  const auto equals = argument.find('=');
  require(equals != std::string::npos && equals > 0, "--bins is \"", argument,
          "\"; NAME=EDGE,EDGE... is accepted, as age=40,60,80");
  auto& edges = options.bins[argument.substr(0, equals)];
  require(edges.empty(), "--bins names ", argument.substr(0, equals), " twice");
  std::istringstream numbers(argument.substr(equals + 1));
  for (std::string edge; std::getline(numbers, edge, ',');) {
    const auto value = parse_double(edge);
    require(value && std::isfinite(*value) && (edges.empty() || *value > edges.back()),
            "--bins ", argument, ": \"", edge,
            "\" is not a number above the edge before it; rising edges are accepted, as "
            "age=40,60,80");
    edges.push_back(*value);
  }
  require(!edges.empty(), "--bins ", argument, " names no edge");
}

ComparisonTest parse_test(const std::string& name) {
  if (name == "auto") return ComparisonTest::kAuto;
  if (name == "bootstrap") return ComparisonTest::kBootstrap;
  require(name == "permutation", "--test ", name,
          ": auto, bootstrap or permutation is accepted");
  return ComparisonTest::kPermutation;
}

}  // namespace

void add_flags(CLI::App& app, EvaluateFlags& flags,
               evaluation::EvaluateOptions& options) {
  app.add_option("predictions", flags.inputs,
                 "[NAME=]PREDICTIONS.csv, run directory or study directory")
      ->required();
  app.add_flag("--compare", options.compare, "compare all pairs of models and of cells");
  app.add_option("--baseline", options.baseline,
                 "compare every model (or cell) with this one, by name");
  app.add_option("--test", flags.test,
                 "auto (DeLong where patients are distinct and one label's AUROC is "
                 "compared, else bootstrap), bootstrap or permutation")
      ->capture_default_str();
  app.add_option("--margin", flags.margins,
                 "METRIC=NUMBER, repeatable: the difference that still counts as "
                 "non-inferior")
      ->allow_extra_args(false);
  app.add_option("--cell", flags.cells,
                 "ARM=MODEL,MODEL,..., repeatable: runs that differ in their seed alone")
      ->allow_extra_args(false);
  app.add_flag("--ensemble", options.ensembles,
               "add the mean of each cell's probabilities as a model");
  app.add_option("--metrics", flags.metrics,
                 "comma-separated, such as auroc,ece; all twelve by default");
  app.add_option("--sections", flags.sections,
                 "all, none, or of calibration, decision_curve, discrimination, "
                 "operating_points, recalibration, selective and top_k; all by default, "
                 "none where --metrics is given");
  app.add_option("--threshold", flags.threshold,
                 "youden (default), sensitivity=RATE or specificity=RATE, reached on "
                 "validation, or a probability");
  app.add_option("--replicates", options.replicates,
                 "bootstrap replicates; 0 for no intervals")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  app.add_option("--min-group", options.min_group,
                 "patients that a subgroup's denominator needs to be shown")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  app.add_option("--bins", flags.bins,
                 "NAME=EDGE,EDGE..., repeatable: groups [low, high) of a numeric "
                 "attribute; a run directory's as its data set declares")
      ->allow_extra_args(false);
  app.add_option("--csv", flags.csv, "also write a tidy table here");
}

void resolve_flags(const EvaluateFlags& flags, evaluation::EvaluateOptions& options) {
  if (!flags.metrics.empty()) {
    options.metrics = parse_metrics(flags.metrics);
    options.sections = {};
  }
  if (!flags.sections.empty()) options.sections = parse_sections(flags.sections);
  options.test = parse_test(flags.test);
  if (!flags.threshold.empty()) {
    options.threshold_rule = evaluation::parse_threshold_rule(flags.threshold);
  }
  for (const auto& margin : flags.margins) add_margin(margin, options);
  for (const auto& cell : flags.cells) add_cell(cell, options);
  for (const auto& bins : flags.bins) add_bins(bins, options);
}

}  // namespace medgraft::app
