#include "medgraft/statistics/thresholds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace medgraft::statistics {
namespace {

using Numbers = std::vector<double>;

TEST(ThresholdsTest, ReachTheTargetExactly) {
  // 10 positives: 9 of them reach 0.9, though 0.9 * 10 may round upwards.
  Numbers scores, labels;
  for (int i = 1; i <= 10; ++i) {
    scores.push_back(i / 20.0 + 0.4);
    labels.push_back(1);
    scores.push_back(i / 20.0);
    labels.push_back(0);
  }
  EXPECT_DOUBLE_EQ(threshold_of_sensitivity(scores, labels, 0.9), 2 / 20.0 + 0.4);
  EXPECT_DOUBLE_EQ(threshold_of_sensitivity(scores, labels, 1), 1 / 20.0 + 0.4);
  EXPECT_DOUBLE_EQ(threshold_of_specificity(scores, labels, 0.9), 10 / 20.0);
  EXPECT_DOUBLE_EQ(threshold_of_specificity(scores, labels, 1), 3 / 20.0 + 0.4);
}

TEST(ThresholdsTest, TiesReachSensitivityAloneOrNotSpecificity) {
  const Numbers scores = {0.5, 0.5, 0.5}, labels = {0, 1, 1};
  EXPECT_EQ(threshold_of_sensitivity(scores, labels, 0.9), 0.5);
  EXPECT_TRUE(std::isnan(threshold_of_specificity(scores, labels, 0.9)));
}

TEST(ThresholdsTest, AnAbsentClassIsUndefined) {
  EXPECT_TRUE(std::isnan(threshold_of_sensitivity(Numbers{0.3}, Numbers{0}, 0.9)));
  EXPECT_TRUE(std::isnan(threshold_of_specificity(Numbers{0.3}, Numbers{1}, 0.9)));
  EXPECT_TRUE(std::isnan(threshold_of_sensitivity({}, {}, 0.9)));
  EXPECT_TRUE(std::isnan(threshold_of_specificity({}, {}, 0.9)));
}

}  // namespace
}  // namespace medgraft::statistics
