#include "medgraft/evaluation/cell_groups.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/cells.h"

namespace medgraft::evaluation {
namespace {

// 80 cases of 40 patients, half of them for validation.
Model model(const std::string& name, double gain, uint64_t seed) {
  Rng rng(seed);
  Model out;
  out.name = name;
  out.predictions.names = {"sick"};
  for (int i = 0; i < 80; ++i) {
    const double label = i % 2;
    out.predictions.cases.push_back(text("c", i));
    out.predictions.patients.push_back(text("p", i / 2));
    out.predictions.splits.emplace_back(i < 40 ? "val" : "test");
    out.predictions.labels.push_back(label);
    out.predictions.probabilities.push_back(gain * label + (1 - gain) * rng.uniform());
  }
  return out;
}

std::vector<Model> six_models() {
  return {model("a0", 0.4, 1), model("a1", 0.4, 2), model("a2", 0.4, 3),
          model("b0", 0.1, 4), model("b1", 0.1, 5), model("b2", 0.1, 6)};
}

EvaluateOptions two_arms() {
  EvaluateOptions options;
  options.metrics = {Metric::kAuroc, Metric::kSensitivity};
  options.replicates = 300;
  options.cells = {{"A", {"a0", "a1", "a2"}, 0, ""}, {"B", {"b0", "b1", "b2"}, 0, ""}};
  options.compare = true;
  return options;
}

const nlohmann::json& find(const nlohmann::json& rows, const std::string& name_key,
                           const std::string& name, const std::string& split,
                           const std::string& metric) {
  for (const auto& row : rows) {
    if (row[name_key] == name && row["split"] == split && row["metric"] == metric) {
      return row;
    }
  }
  throw std::runtime_error("no such row");
}

Predictions only(const Predictions& from, const std::string& split) {
  Predictions out;
  out.names = from.names;
  for (size_t i = 0; i < from.cases.size(); ++i) {
    if (from.splits[i] != split) continue;
    out.cases.push_back(from.cases[i]);
    out.patients.push_back(from.patients[i]);
    out.splits.push_back(split);
    out.labels.push_back(from.labels[i]);
    out.probabilities.push_back(from.probabilities[i]);
  }
  return out;
}

// Two ways to one number: the cells of a table of models, and estimate_cell alone.
TEST(CellGroupsTest, AgreesWithTheCellEstimatedAlone) {
  const auto models = six_models();
  const auto options = two_arms();
  const auto document = evaluate(models, options);
  std::vector<Predictions> tests;
  CellOptions cell_options;
  cell_options.replicates = 300;
  cell_options.threads = 1;
  for (const auto& model : models) tests.push_back(only(model.predictions, "test"));
  std::vector<ScoredRun> a, b;
  for (size_t m = 0; m < models.size(); ++m) {
    (m < 3 ? a : b)
        .push_back({&tests[m],
                    document["models"][models[m].name]["splits"]["test"]["thresholds"]});
  }
  for (const auto metric : options.metrics) {
    SCOPED_TRACE(name_of(metric));
    const auto& cell = find(document["cells"], "name", "A", "test", name_of(metric));
    const auto want = estimate_cell(a, metric, cell_options);
    EXPECT_NEAR(cell["value"].get<double>(), want.value, 1e-12);
    EXPECT_NEAR(cell["ci_low"].get<double>(), want.ci_low, 1e-9);
    EXPECT_NEAR(cell["ci_high"].get<double>(), want.ci_high, 1e-9);
    EXPECT_EQ(cell["n_seeds"], 3);
    EXPECT_EQ(cell["n_patients"], 20);
    const auto& row = find(document["comparisons"], "a", "A", "test", name_of(metric));
    const auto contrast = compare_cells(a, b, metric, cell_options);
    EXPECT_EQ(row["test"], "crossed seeds t");
    EXPECT_NEAR(row["difference"].get<double>(), contrast.difference, 1e-12);
    EXPECT_NEAR(row["ci_low"].get<double>(), contrast.ci_low, 1e-9);
    EXPECT_NEAR(row["p"].get<double>(), contrast.p, 1e-9);
    EXPECT_NEAR(row["minimum_detectable"].get<double>(), contrast.minimum_detectable,
                1e-9);
  }
}

TEST(CellGroupsTest, OneSeedSupportsNoClaim) {
  auto options = two_arms();
  options.cells = {{"A", {"a0"}, 0, ""}, {"B", {"b0", "b1", "b2"}, 0, ""}};
  const auto document = evaluate(six_models(), options);
  const auto& cell = find(document["cells"], "name", "A", "test", "auroc");
  EXPECT_EQ(cell["n_seeds"], 1);
  EXPECT_TRUE(cell.contains("note"));
  EXPECT_EQ(find(document["comparisons"], "a", "A", "test", "auroc")["verdict"],
            "no claim (one seed)");
}

TEST(CellGroupsTest, ABaselineMayBeACell) {
  auto options = two_arms();
  options.baseline = "B";
  options.ensembles = true;
  const auto comparisons = evaluate(six_models(), options)["comparisons"];
  for (const auto& row : comparisons) {
    EXPECT_TRUE(row["b"] == "B" || row["b"] == "B ensemble");
  }
  EXPECT_EQ(comparisons.size(), 2 * 2 * 2);  // Cells and ensembles, splits, metrics.
}

TEST(CellGroupsTest, AStudysFamilyIsThePrimaryMetricOnTheTestSplit) {
  auto options = two_arms();
  options.compare = false;
  options.contrasts = {{"A", "B", "chest", Metric::kAuroc}};
  const auto rows = evaluate(six_models(), options)["comparisons"];
  ASSERT_EQ(rows.size(), 2);  // None of validation.
  EXPECT_EQ(find(rows, "a", "A", "test", "auroc")["family"], "primary: chest");
  EXPECT_EQ(find(rows, "a", "A", "test", "sensitivity")["family"],
            "exploratory: chest, test/sensitivity");
}

TEST(CellGroupsTest, WhatAStudyDidNotPlanIsExploratory) {
  auto models = six_models();
  auto options = two_arms();
  for (auto& model : models) model.group = "chest/32/1";
  for (auto& cell : options.cells) cell.group = "chest/32/1";
  options.contrasts = {{"A", "B", "chest", Metric::kAuroc}};
  const auto rows = evaluate(models, options)["comparisons"];
  EXPECT_EQ(rows.size(), 2 + 15 * 2);  // The planned one once; pairs of models.
  EXPECT_EQ(find(rows, "a", "A", "test", "auroc")["family"], "primary: chest");
  for (const auto& row : rows) {
    if (row["a"] != "A") {
      EXPECT_EQ(row["family"].get<std::string>().rfind("exploratory: chest/32/1", 0), 0);
    }
  }
}

TEST(CellGroupsTest, RefusesWhatNamesNoModel) {
  auto options = two_arms();
  options.cells[0].members[0] = "a9";
  EXPECT_THROW(evaluate(six_models(), options), UserError);
  options.cells[0].members[0] = "a1";
  EXPECT_THROW(evaluate(six_models(), options), UserError);  // Twice.
  options = two_arms();
  options.cells[1].name = "a0";
  EXPECT_THROW(evaluate(six_models(), options), UserError);
}

TEST(CellGroupsTest, ModelsOfOtherTasksStandAside) {
  auto models = six_models();
  models.push_back(model("other", 0.2, 7));
  models.back().predictions.names = {"tired"};
  auto options = two_arms();
  options.compare = false;
  options.contrasts = {{"A", "B", "chest", Metric::kAuroc}};
  const auto document = evaluate(models, options);
  EXPECT_TRUE(document["models"]["other"]["splits"].contains("test"));
}

}  // namespace
}  // namespace medgraft::evaluation
