#include "medgraft/evaluation/proportion_interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/wilson.h"

namespace medgraft::evaluation {
namespace {

SplitView view_of(const Predictions& predictions, std::vector<int64_t> patients,
                  std::vector<double> thresholds) {
  SplitView view;
  view.predictions = &predictions;
  view.rows.resize(patients.size());
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  view.num_patients = *std::max_element(patients.begin(), patients.end()) + 1;
  view.patient_index = std::move(patients);
  view.thresholds = std::move(thresholds);
  return view;
}

constexpr Metric kProportions[] = {Metric::kAccuracy, Metric::kSensitivity,
                                   Metric::kSpecificity};

Predictions two_labels() {
  Predictions out;
  out.names = {"sick", "tired"};
  out.labels = {1, 0, 0, 1, 1, -1, 0, std::nan(""), 1, 0, 0, 0};
  out.probabilities = {0.9, 0.2, 0.3, 0.6, 0.4, 0.5, 0.5, 0.1, 0.7, 0.8, 0.1, 0.3};
  return out;
}

TEST(ProportionIntervalTest, IsAboutTheScorersFigure) {
  const auto predictions = two_labels();
  const auto view = view_of(predictions, {0, 1, 2, 3, 4, 5}, {0.5, 0.6});
  const Scorer scorer(predictions, view.rows, view.patient_index, view.thresholds);
  for (const auto metric : kProportions) {
    for (int64_t label = 0; label < 2; ++label) {
      const auto share = proportion_interval(view, metric, label);
      ASSERT_TRUE(share);
      EXPECT_EQ(share->method, "wilson");
      EXPECT_NEAR(share->interval.value, scorer.score_label(metric, label, {}), 1e-12);
    }
    EXPECT_FALSE(proportion_interval(view, metric, -1));  // A mean over labels.
  }
  EXPECT_FALSE(proportion_interval(view, Metric::kF1, 0));
}

TEST(ProportionIntervalTest, SensitivityCountsThePositives) {
  const auto predictions = two_labels();
  const auto view = view_of(predictions, {0, 1, 2, 3, 4, 5}, {0.5, 0.6});
  const auto share = proportion_interval(view, Metric::kSensitivity, 0);
  const auto want = statistics::wilson_interval(2.0 / 3, 3);
  EXPECT_EQ(share->interval.low, want.low);
  EXPECT_EQ(share->interval.high, want.high);
}

TEST(ProportionIntervalTest, SeveralCasesAPatientAreClustered) {
  const auto predictions = two_labels();
  const auto view = view_of(predictions, {0, 0, 0, 1, 1, 2}, {});
  EXPECT_EQ(proportion_interval(view, Metric::kAccuracy, 0)->method, "wilson clustered");
}

TEST(ProportionIntervalTest, AccuracyOfClassesIsOfTheMostProbable) {
  Predictions predictions;
  predictions.multiclass = true;
  predictions.names = {"x", "y", "z"};
  predictions.labels = {0, 1, 2, std::nan("")};
  predictions.probabilities = {.5, .3, .2, .4, .3, .3, .1, .1, .8, .2, .2, .6};
  const auto view = view_of(predictions, {0, 1, 2, 3}, {});
  const Scorer scorer(predictions, view.rows, view.patient_index, {});
  const auto share = proportion_interval(view, Metric::kAccuracy, -1);
  ASSERT_TRUE(share);
  EXPECT_NEAR(share->interval.value, 2.0 / 3, 1e-12);
  EXPECT_NEAR(share->interval.value, scorer.score(Metric::kAccuracy, {}), 1e-12);
  EXPECT_FALSE(proportion_interval(view, Metric::kSensitivity, -1));
}

}  // namespace
}  // namespace medgraft::evaluation
