#include "medgraft/statistics/likelihood_ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace medgraft::statistics {
namespace {

using Numbers = std::vector<double>;
using Patients = std::vector<int64_t>;

const Numbers kCalls = {1, 1, 0, 1, 0, 0, 1, 0}, kLabels = {1, 1, 1, 0, 0, 0, 0, 0};

TEST(LikelihoodRatioTest, IsSensitivityOverFalseAlarms) {
  const auto got =
      positive_likelihood_ratio(kCalls, kLabels, Patients{0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_DOUBLE_EQ(got.value, (2.0 / 3) / (2.0 / 5));
  // Simel et al. 1991, equation of the variance of the log ratio.
  const double half =
      1.959963984540054 * std::sqrt(1.0 / 2 - 1.0 / 3 + 1.0 / 2 - 1.0 / 5);
  EXPECT_NEAR(std::log(got.high / got.value), half, 1e-12);
  EXPECT_NEAR(std::log(got.value / got.low), half, 1e-12);
}

// Each case three times, as three cases of its patient: nothing new is known.
TEST(LikelihoodRatioTest, CopiesOfACaseNarrowNothing) {
  Numbers calls, labels;
  Patients patients;
  for (size_t i = 0; i < kCalls.size(); ++i) {
    for (int copy = 0; copy < 3; ++copy) {
      calls.push_back(kCalls[i]);
      labels.push_back(kLabels[i]);
      patients.push_back(static_cast<int64_t>(i));
    }
  }
  const auto one =
      positive_likelihood_ratio(kCalls, kLabels, Patients{0, 1, 2, 3, 4, 5, 6, 7});
  const auto got = positive_likelihood_ratio(calls, labels, patients);
  EXPECT_DOUBLE_EQ(got.value, one.value);
  EXPECT_NEAR(std::log(got.high / got.value) / std::log(one.high / one.value),
              std::sqrt(8.0 / 7), 1e-12);
}

TEST(LikelihoodRatioTest, WithoutAFalsePositiveIsInfinite) {
  const auto got =
      positive_likelihood_ratio(Numbers{1, 0}, Numbers{1, 0}, Patients{0, 1});
  EXPECT_TRUE(std::isinf(got.value));
  EXPECT_TRUE(std::isnan(got.high));
}

TEST(LikelihoodRatioTest, WithoutACallOrAClassIsUndefined) {
  EXPECT_TRUE(std::isnan(
      positive_likelihood_ratio(Numbers{0, 0}, Numbers{1, 0}, Patients{0, 1}).value));
  EXPECT_TRUE(std::isnan(
      positive_likelihood_ratio(Numbers{1, 1}, Numbers{1, 1}, Patients{0, 1}).value));
}

}  // namespace
}  // namespace medgraft::statistics
