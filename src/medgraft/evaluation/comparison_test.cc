#include "medgraft/evaluation/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

// One label, patients of `cases_each` cases; the score of a sick case is `gain` higher,
// scattered by multiples of `step`.
Model model(const std::string& name, double gain, int64_t cases_each = 1,
            int64_t cases = 60, double step = 0.6180339887) {
  Model out;
  out.name = name;
  out.predictions.names = {"sick"};
  for (int64_t i = 0; i < cases; ++i) {
    const double scatter = std::fmod(static_cast<double>(i + 1) * step, 1.0);
    const double label = static_cast<double>(i % 2);
    out.predictions.cases.push_back(text("c", i));
    out.predictions.patients.push_back(text("p", i / cases_each));
    out.predictions.splits.emplace_back("test");
    out.predictions.labels.push_back(label);
    out.predictions.probabilities.push_back((1 - gain) * scatter + gain * label);
  }
  return out;
}

nlohmann::json compare(const std::vector<Model>& models, EvaluateOptions options) {
  options.compare = options.baseline.empty();
  options.replicates = options.replicates == 2000 ? 400 : options.replicates;
  return evaluate(models, options).at("comparisons");
}

EvaluateOptions scoring(std::vector<Metric> metrics) {
  EvaluateOptions options;
  options.metrics = std::move(metrics);
  return options;
}

TEST(ComparisonTest, DeLongStandsWherePatientsAreDistinct) {
  const auto options = scoring({Metric::kAuroc, Metric::kBrier});
  const auto distinct = compare({model("a", 0.5), model("b", 0.1)}, options);
  EXPECT_EQ(distinct[0]["test"], "delong");
  EXPECT_EQ(distinct[1]["test"], "paired bootstrap");
  const auto clustered = compare({model("a", 0.5, 3), model("b", 0.1, 3)}, options);
  EXPECT_EQ(clustered[0]["test"], "paired bootstrap");
}

TEST(ComparisonTest, TheTestCanBeChosen) {
  auto options = scoring({Metric::kAuroc});
  options.test = ComparisonTest::kBootstrap;
  EXPECT_EQ(compare({model("a", 0.5), model("b", 0.1)}, options)[0]["test"],
            "paired bootstrap");
  options.test = ComparisonTest::kPermutation;
  const auto row = compare({model("a", 0.5), model("b", 0.1)}, options)[0];
  EXPECT_EQ(row["test"], "paired permutation");
  EXPECT_LT(row["p"].get<double>(), 0.05);
  EXPECT_FALSE(row["ci_low"].is_null());
}

TEST(ComparisonTest, ErrorsAreBetterWhereLower) {
  const auto rows = compare({model("a", 0.5), model("b", 0.1)},
                            scoring({Metric::kAuroc, Metric::kBrier}));
  EXPECT_GT(rows[0]["difference"].get<double>(), 0);
  EXPECT_LT(rows[1]["difference"].get<double>(), 0);
  EXPECT_EQ(rows[0]["verdict"], "better");
  EXPECT_EQ(rows[1]["verdict"], "better");
}

TEST(ComparisonTest, NonInferiorityNeedsAMargin) {
  auto options = scoring({Metric::kAuroc});
  const std::vector<Model> models = {model("a", 0.4),
                                     model("b", 0.4, 1, 60, 0.7548776662)};
  const auto without = compare(models, options)[0];
  EXPECT_EQ(without["verdict"], "inconclusive");
  EXPECT_GT(without["minimum_detectable"].get<double>(), 0);
  EXPECT_TRUE(without["p_non_inferiority"].is_null());
  options.margins["auroc"] = 0.2;
  const auto with = compare(models, options)[0];
  EXPECT_EQ(with["verdict"], "non-inferior");
  EXPECT_LT(with["p_non_inferiority"].get<double>(), 0.025);
}

// A perfect model beside one that always says the same: DeLong's variance is 0, and four
// cases prove nothing.
TEST(ComparisonTest, NoSpreadIsNoEvidence) {
  auto perfect = model("perfect", 1, 1, 4), constant = model("constant", 0, 1, 4);
  constant.predictions.probabilities.assign(4, 0.5);
  const auto row = compare({perfect, constant}, scoring({Metric::kAuroc}))[0];
  EXPECT_EQ(row["test"], "paired permutation");
  EXPECT_GT(row["p"].get<double>(), 0.05);
  EXPECT_EQ(row["verdict"], "inconclusive");
}

TEST(ComparisonTest, AModelAndItsCopyDifferInNothing) {
  auto options = scoring({Metric::kAuroc, Metric::kNll});
  options.margins["auroc"] = 0.02;
  for (const auto& row : compare({model("a", 0.3), model("copy", 0.3)}, options)) {
    EXPECT_EQ(row["difference"], 0);
    EXPECT_EQ(row["p"], 1);
    EXPECT_EQ(row["verdict"], "inconclusive");
  }
}

TEST(ComparisonTest, HolmRunsOverThePairsOfASplitAndMetric) {
  const auto rows = compare({model("a", 0.45), model("b", 0.3), model("c", 0.2)},
                            scoring({Metric::kAuroc}));
  ASSERT_EQ(rows.size(), 3);
  for (const auto& row : rows) {
    EXPECT_EQ(row["family"], "test/auroc");
    EXPECT_GE(row["p_adjusted"].get<double>(), row["p"].get<double>());
  }
}

TEST(ComparisonTest, TheBaselineIsComparedWithAll) {
  auto options = scoring({Metric::kAuroc});
  options.baseline = "b";
  const auto rows = compare({model("a", 0.4), model("b", 0.3), model("c", 0.2)}, options);
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0]["b"], "b");
  EXPECT_EQ(rows[1]["b"], "b");
  options.baseline = "d";
  EXPECT_THROW(compare({model("a", 0.4)}, options), UserError);
}

TEST(ComparisonTest, WithoutReplicatesNothingIsClaimed) {
  auto options = scoring({Metric::kBrier});
  options.replicates = 0;
  const auto row = compare({model("a", 0.5), model("b", 0.1)}, options)[0];
  EXPECT_TRUE(row["p"].is_null());
  EXPECT_TRUE(row["verdict"].is_null());
}

}  // namespace
}  // namespace medgraft::evaluation
