#include "medgraft/evaluation/discrimination_section.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/scorer.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr double kBlank = std::numeric_limits<double>::quiet_NaN();

// Labels at random, scores that know of them.
Predictions random_predictions(int64_t num_cases, int64_t num_labels) {
  Predictions out;
  Rng rng(8);
  for (int64_t k = 0; k < num_labels; ++k) out.names.push_back(text("finding ", k));
  out.cases.resize(static_cast<size_t>(num_cases));
  for (int64_t i = 0; i < num_cases * num_labels; ++i) {
    const double label = rng.uniform() < 0.3;
    out.labels.push_back(label);
    out.probabilities.push_back(1 / (1 + std::exp(-rng.normal() - label)));
  }
  return out;
}

SplitView view_of(const Predictions& predictions, int64_t cases_a_patient) {
  SplitView view;
  view.predictions = &predictions;
  view.rows.resize(predictions.cases.size());
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  for (const int64_t row : view.rows) {
    view.patient_index.push_back(row / cases_a_patient);
  }
  view.num_patients = view.patient_index.empty() ? 0 : view.patient_index.back() + 1;
  return view;
}

EvaluateOptions options_of(int64_t replicates) {
  EvaluateOptions options;
  options.replicates = replicates;
  options.threads = 2;
  return options;
}

TEST(DiscriminationSectionTest, HoldsCurvesWithLimits) {
  const auto predictions = random_predictions(300, 2);
  const auto out = discrimination_json(view_of(predictions, 2), options_of(200));
  ASSERT_EQ(out.size(), 2u);
  const auto& label = out["finding 1"];
  EXPECT_EQ(label["n_positive"].get<int>() + label["n_negative"].get<int>(), 300);
  ASSERT_EQ(label["roc"].size(), 101u);
  ASSERT_EQ(label["pr"].size(), 100u);
  double previous = 0;
  for (const auto& point : label["roc"]) {
    EXPECT_GE(point["tpr"].get<double>(), previous);
    previous = point["tpr"];
    EXPECT_LE(point["ci_low"].get<double>(), previous);
    EXPECT_GE(point["ci_high"].get<double>(), previous);
    EXPECT_LE(point["band_low"].get<double>(), point["ci_low"].get<double>());
    EXPECT_GE(point["band_high"].get<double>(), point["ci_high"].get<double>());
  }
  for (size_t i = 0; i < 100; ++i) {  // The curve rises, and its band with it.
    const auto &here = label["roc"][i], &next = label["roc"][i + 1];
    EXPECT_LE(here["band_high"].get<double>(),
              std::max(next["band_high"].get<double>(), here["ci_high"].get<double>()));
    EXPECT_GE(next["band_low"].get<double>(),
              std::min(here["band_low"].get<double>(), next["ci_low"].get<double>()));
  }
  EXPECT_EQ(label["roc"][0]["band_low"], 0);
  EXPECT_EQ(label["roc"][100]["tpr"], 1);
  EXPECT_DOUBLE_EQ(label["pr"][99]["recall"].get<double>(), 1);
  const auto& partial = label["partial_auroc"]["fpr<=0.1"];
  EXPECT_EQ(partial["method"], "bootstrap percentile");
  EXPECT_EQ(partial["n_patients"], 150);
  EXPECT_LT(partial["ci_low"], partial["value"]);
  EXPECT_GT(partial["ci_high"], partial["value"]);
  // McClish's scaling: chance, 0.005 of 0.1, is 0.5.
  const double area = label["partial_area"]["fpr<=0.1"]["value"];
  EXPECT_NEAR(partial["value"].get<double>(), 0.5 * (1 + (area - 0.005) / 0.095), 1e-12);
}

TEST(DiscriminationSectionTest, WithoutReplicatesLimitsAreNull) {
  const auto predictions = random_predictions(50, 1);
  const auto out = discrimination_json(view_of(predictions, 1), options_of(0));
  const auto& label = out["finding 0"];
  EXPECT_FALSE(label["roc"][50]["tpr"].is_null());
  EXPECT_TRUE(label["roc"][0]["band_low"].is_null());
  EXPECT_TRUE(label["roc"][50]["ci_low"].is_null());
  EXPECT_TRUE(label["roc"][100]["band_high"].is_null());
  EXPECT_TRUE(label["pr"][50]["band_high"].is_null());
  EXPECT_EQ(label["partial_auroc"]["tpr>=0.9"]["method"], "none");
  EXPECT_TRUE(label["partial_auroc"]["tpr>=0.9"]["ci_low"].is_null());
}

TEST(DiscriminationSectionTest, OneClassHasAReason) {
  auto predictions = random_predictions(20, 3);
  for (size_t i = 0; i < 20; ++i) {
    predictions.labels[3 * i] = 1;
    predictions.labels[3 * i + 1] = i % 2 ? -1 : kBlank;
  }
  const auto out = discrimination_json(view_of(predictions, 1), options_of(20));
  EXPECT_EQ(out["finding 0"]["n_positive"], 20);
  EXPECT_EQ(out["finding 1"]["n_negative"], 0);
  for (const char* name : {"finding 0", "finding 1"}) {
    EXPECT_TRUE(out[name]["roc"].empty());
    EXPECT_EQ(out[name]["reason"], "one class only, or no labeled case");
    const auto& partial = out[name]["partial_auroc"]["fpr<=0.1"];
    EXPECT_TRUE(partial["value"].is_null());
    EXPECT_FALSE(partial["reason"].is_null());
  }
  EXPECT_TRUE(out["finding 2"]["reason"].is_null());
}

TEST(DiscriminationSectionTest, EqualScoresAreChance) {
  auto predictions = random_predictions(40, 1);
  for (double& p : predictions.probabilities) p = 0.5;
  const auto out = discrimination_json(view_of(predictions, 1), options_of(50));
  const auto& label = out["finding 0"];
  for (size_t i = 0; i <= 100; ++i) {
    EXPECT_NEAR(label["roc"][i]["tpr"].get<double>(), static_cast<double>(i) / 100,
                1e-12);
  }
  EXPECT_NEAR(label["partial_auroc"]["fpr<=0.1"]["value"].get<double>(), 0.5, 1e-12);
  EXPECT_NEAR(label["partial_auroc"]["tpr>=0.9"]["value"].get<double>(), 0.5, 1e-12);
}

TEST(DiscriminationSectionTest, ASinglePatientHasNoDefinedSpread) {
  const auto predictions = random_predictions(30, 1);
  const auto out = discrimination_json(view_of(predictions, 30), options_of(20));
  // Every resample is the same, so that only the binomial part is left.
  const auto& point = out["finding 0"]["roc"][50];
  EXPECT_LT(point["ci_low"].get<double>(), point["tpr"].get<double>());
  EXPECT_EQ(out["finding 0"]["partial_auroc"]["fpr<=0.1"]["n_patients"], 1);
}

TEST(DiscriminationSectionTest, ClassesAreScoredAgainstTheRest) {
  Predictions predictions;
  predictions.multiclass = true;
  predictions.names = {"a", "b", "c"};
  predictions.cases.resize(6);
  predictions.labels = {0, 1, 2, 0, kBlank, 1};
  predictions.probabilities = {0.6, 0.3, 0.1, 0.2, 0.7, 0.1, 0.1, 0.2, 0.7,
                               0.3, 0.5, 0.2, 0.1, 0.1, 0.8, 0.5, 0.4, 0.1};
  const auto out = discrimination_json(view_of(predictions, 1), options_of(0));
  EXPECT_EQ(out["a"]["n_positive"], 2);
  EXPECT_EQ(out["a"]["n_negative"], 3);
  EXPECT_EQ(out["c"]["roc"][0]["tpr"], 1);
}

TEST(DiscriminationSectionTest, NoCaseIsUndefined) {
  const auto predictions = random_predictions(0, 1);
  const auto out = discrimination_json(view_of(predictions, 1), options_of(10));
  EXPECT_FALSE(out["finding 0"]["reason"].is_null());
}

}  // namespace
}  // namespace medgraft::evaluation
