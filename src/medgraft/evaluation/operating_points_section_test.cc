#include "medgraft/evaluation/operating_points_section.h"

#include <gtest/gtest.h>

#include <numeric>

#include "medgraft/statistics/wilson.h"

namespace medgraft::evaluation {
namespace {

class OperatingPointsTest : public ::testing::Test {
 protected:
  // Validation cases first, then four of another split.
  OperatingPointsTest() {
    predictions_.names = {"finding"};
    predictions_.probabilities = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.2, 0.4, 0.55, 0.7};
    predictions_.labels = {0, 0, 1, 0, 1, 1, 0, 1, 0, 1};
    predictions_.cases.resize(10);
    validation_ = view_of(0, 6);
    test_ = view_of(6, 10);
  }

  SplitView view_of(int64_t first, int64_t end) const {
    SplitView view;
    view.predictions = &predictions_;
    for (int64_t row = first; row < end; ++row) {
      view.rows.push_back(row);
      view.patient_index.push_back(row - first);
    }
    view.num_patients = end - first;
    return view;
  }

  Predictions predictions_;
  SplitView validation_, test_;
  EvaluateOptions options_;
};

TEST_F(OperatingPointsTest, CarryThresholdsOfValidation) {
  const auto out = operating_points_json(test_, &validation_, options_)["finding"];
  // Youden's 0.3 calls 0.4, 0.55 and 0.7: one wrong.
  const auto& youden = out["youden"];
  EXPECT_EQ(youden["threshold"], 0.3);
  EXPECT_EQ(youden["sensitivity"]["value"], 1);
  EXPECT_EQ(youden["specificity"]["value"], 0.5);
  EXPECT_DOUBLE_EQ(youden["ppv"]["value"].get<double>(), 2.0 / 3);
  EXPECT_EQ(youden["npv"]["value"], 1);
  EXPECT_EQ(youden["lr_positive"]["value"], 2);
  EXPECT_EQ(youden["lr_positive"]["method"], "log delta");
  EXPECT_EQ(youden["ppv"]["n_cases"], 3);
  EXPECT_EQ(youden["sensitivity"]["method"], "wilson");
  EXPECT_EQ(youden["sensitivity"]["ci_low"], statistics::wilson_interval(1, 2).low);
  const auto& specific = out["specificity>=0.9"];
  EXPECT_EQ(specific["threshold"], 0.5);
  EXPECT_EQ(specific["sensitivity"]["value"], 0.5);
  EXPECT_EQ(out["sensitivity>=0.9"]["threshold"], 0.3);
}

TEST_F(OperatingPointsTest, WithoutValidationSaySo) {
  const auto out = operating_points_json(test_, nullptr, options_)["finding"]["youden"];
  EXPECT_TRUE(out["threshold"].is_null());
  EXPECT_EQ(out["reason"], "no validation cases");
  EXPECT_FALSE(out.contains("sensitivity"));
}

TEST_F(OperatingPointsTest, UndefinedRatiosHaveReasons) {
  predictions_.labels = {0, 0, 1, 0, 1, 1, 0, 0, 1, 1};  // Parted at 0.5.
  auto out = operating_points_json(test_, &validation_, options_)["finding"];
  const auto& infinite = out["specificity>=0.9"]["lr_positive"];
  EXPECT_TRUE(infinite["value"].is_null());
  EXPECT_EQ(infinite["reason"], "no false positive: the ratio is infinite");
  predictions_.probabilities = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.1, 0.1, 0.1, 0.1};
  out = operating_points_json(test_, &validation_, options_)["finding"];
  EXPECT_EQ(out["youden"]["ppv"]["reason"], "no case is called positive");
  EXPECT_EQ(out["youden"]["sensitivity"]["value"], 0);
  EXPECT_TRUE(out["youden"]["lr_positive"]["value"].is_null());
  predictions_.labels = {0, 0, 1, 0, 1, 1, 1, 1, 1, 1};
  out = operating_points_json(test_, &validation_, options_)["finding"];
  EXPECT_EQ(out["youden"]["specificity"]["reason"], "no negative case");
}

TEST_F(OperatingPointsTest, SeveralCasesOfAPatientWidenTheInterval) {
  predictions_.probabilities.resize(6);
  predictions_.labels.resize(6);
  for (int i = 0; i < 40; ++i) {  // Pairs of a patient that are alike.
    predictions_.probabilities.push_back(i / 2 % 4 == 0 ? 0.1 : 0.9);
    predictions_.labels.push_back(i / 20);
  }
  predictions_.cases.resize(46);
  auto distinct = view_of(6, 46), paired = distinct;
  for (auto& patient : paired.patient_index) patient /= 2;
  paired.num_patients = 20;
  const auto alone = operating_points_json(distinct, &validation_, options_)["finding"];
  const auto pairs = operating_points_json(paired, &validation_, options_)["finding"];
  for (const char* figure : {"sensitivity", "specificity", "ppv", "npv", "lr_positive"}) {
    const auto &a = alone["youden"][figure], &b = pairs["youden"][figure];
    EXPECT_EQ(a["value"], b["value"]);
    EXPECT_LT(b["ci_low"], a["ci_low"]) << figure;
    EXPECT_GT(b["ci_high"], a["ci_high"]) << figure;
  }
  EXPECT_EQ(pairs["youden"]["ppv"]["method"], "wilson clustered");
}

TEST_F(OperatingPointsTest, WithoutReplicatesThereAreNoIntervals) {
  options_.replicates = 0;
  const auto out = operating_points_json(test_, &validation_, options_)["finding"];
  EXPECT_TRUE(out["youden"]["sensitivity"]["ci_low"].is_null());
  EXPECT_TRUE(out["youden"]["lr_positive"]["ci_low"].is_null());
}

}  // namespace
}  // namespace medgraft::evaluation
