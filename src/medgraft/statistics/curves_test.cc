#include "medgraft/statistics/curves.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/statistics/partial_auroc.h"

// Parity with scikit-learn and pROC: evaluation/parity_metrics_test.cc.
namespace medgraft::statistics {
namespace {

using Numbers = std::vector<double>;

TEST(CurvesTest, PassThePointsOfASmallExample) {
  const Numbers scores = {0.1, 0.4, 0.35, 0.8}, labels = {0, 0, 1, 1};
  const auto roc = roc_curve(scores, labels);
  EXPECT_EQ(roc.fpr, (Numbers{0, 0, 0.5, 0.5, 1}));
  EXPECT_EQ(roc.tpr, (Numbers{0, 0.5, 0.5, 1, 1}));
  const auto pr = precision_recall_curve(scores, labels);
  EXPECT_EQ(pr.recall, (Numbers{1, 1, 0.5, 0.5, 0}));
  EXPECT_EQ(pr.thresholds, (Numbers{0.1, 0.35, 0.4, 0.8}));
  EXPECT_EQ(pr.precision[1], 2.0 / 3);
}

TEST(CurvesTest, TiesAreOneStraightLine) {
  const auto roc = roc_curve(Numbers{0.5, 0.5, 0.5}, Numbers{0, 1, 0});
  EXPECT_EQ(roc.fpr, (Numbers{0, 1}));
  EXPECT_EQ(roc.tpr, (Numbers{0, 1}));
  EXPECT_DOUBLE_EQ(partial_area_of_fpr(roc, 0.1), 0.005);
  EXPECT_DOUBLE_EQ(partial_area_of_tpr(roc, 0.9), 0.005);
  EXPECT_DOUBLE_EQ(standardize_partial_area(0.005, 0.1), 0.5);
}

TEST(CurvesTest, OneClassIsUndefined) {
  for (const double label : {0.0, 1.0}) {
    const auto roc = roc_curve(Numbers{0.2, 0.7}, Numbers{label, label});
    EXPECT_EQ(std::isnan(roc.fpr[0]), label == 1);
    EXPECT_EQ(std::isnan(roc.tpr[0]), label == 0);
    EXPECT_TRUE(std::isnan(partial_area_of_fpr(roc, 0.1)));
    EXPECT_TRUE(std::isnan(partial_area_of_tpr(roc, 0.9)));
  }
  EXPECT_TRUE(std::isnan(precision_recall_curve(Numbers{0.2}, Numbers{0}).recall[0]));
}

TEST(CurvesTest, NoItemIsUndefined) {
  const auto roc = roc_curve({}, {});
  EXPECT_EQ(roc.fpr.size(), 1u);
  EXPECT_TRUE(std::isnan(partial_area_of_fpr(roc, 0.1)));
  EXPECT_EQ(precision_recall_curve({}, {}).precision, Numbers{1});
}

TEST(CurvesTest, PerfectionFillsThePartialAreas) {
  const auto roc = roc_curve(Numbers{0.1, 0.2, 0.8, 0.9}, Numbers{0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(partial_area_of_fpr(roc, 0.1), 0.1);
  EXPECT_NEAR(partial_area_of_tpr(roc, 0.9), 0.1, 1e-15);
  EXPECT_DOUBLE_EQ(standardize_partial_area(0.1, 0.1), 1);
}

TEST(CurvesTest, WeightsStandForRepeatedItems) {
  const Numbers scores = {0.1, 0.4, 0.35, 0.8, 0.8}, labels = {0, 0, 1, 1, 0};
  const auto weighted = roc_curve(scores, labels, Numbers{2, 0, 1, 3, 1});
  const auto repeated = roc_curve(Numbers{0.1, 0.1, 0.35, 0.8, 0.8, 0.8, 0.8},
                                  Numbers{0, 0, 1, 1, 1, 1, 0});
  EXPECT_EQ(weighted.fpr, repeated.fpr);
  EXPECT_EQ(weighted.tpr, repeated.tpr);
  EXPECT_EQ(weighted.thresholds, repeated.thresholds);
}

}  // namespace
}  // namespace medgraft::statistics
