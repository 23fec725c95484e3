#include "medgraft/statistics/crossed_seeds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

TEST(CrossedSeedsTest, MatchesTheHandComputedExample) {
  // s^2 / 3 = 0.0001 / 3 with 2 degrees and 0.0004 with 100: degrees are
  // 0.000433333^2 / ((0.0001 / 3)^2 / 2 + 0.0004^2 / 100).
  const double values[] = {0.81, 0.82, 0.83};
  const auto out = crossed_mean(values, 0.0004, 101);
  expect_parity("cells", out.interval.value, 0.82, 1e-12);
  expect_parity("cells", out.standard_error, std::sqrt(0.0004 + 0.0001 / 3), 1e-12);
  expect_parity("cells", out.degrees_of_freedom, 87.1134020619, 1e-9);
  EXPECT_EQ(out.num_seeds, 3);
}

TEST(CrossedSeedsTest, WithoutPatientVarianceItIsStudentsTest) {
  // scipy.stats.ttest_ind([.7, .8, .9], [.5, .55, .6, .52], equal_var=True).
  const double a[] = {0.7, 0.8, 0.9}, b[] = {0.5, 0.55, 0.6, 0.52};
  const auto out = crossed_difference(a, b, 0, 100);
  expect_parity("cells p", out.p, 0.005313870792484658, 1e-9);
  expect_parity("cells", out.degrees_of_freedom, 5, 1e-9);
  // The same against a margin of 0.05, alternative="greater".
  expect_parity("cells p", out.non_inferiority_p(out.interval.value, 0.05),
                0.001236046008158573, 1e-9);
}

TEST(CrossedSeedsTest, UndefinedSeedsAreCountedNotAveraged) {
  const double values[] = {0.8, kUndefined, 0.9};
  const auto out = crossed_mean(values, 0.0001, 50);
  EXPECT_NEAR(out.interval.value, 0.85, 1e-12);
  EXPECT_EQ(out.num_seeds, 2);
  EXPECT_EQ(out.num_undefined, 1);
  const double none[] = {kUndefined};
  EXPECT_TRUE(std::isnan(crossed_mean(none, kUndefined, 50).interval.value));
}

TEST(CrossedSeedsTest, WithoutResamplesThereIsNoInterval) {
  const double values[] = {0.8, 0.9};
  const auto out = crossed_mean(values, kUndefined, 50);
  EXPECT_NEAR(out.interval.value, 0.85, 1e-12);
  EXPECT_TRUE(std::isnan(out.interval.low));
  EXPECT_TRUE(std::isnan(crossed_difference(values, values, kUndefined, 50).p));
}

TEST(CrossedSeedsTest, NoSpreadIsNoEvidence) {
  const double perfect[] = {1, 1}, constant[] = {0.5, 0.5};
  EXPECT_TRUE(std::isnan(crossed_difference(perfect, constant, 0, 4).p));
  EXPECT_EQ(crossed_difference(perfect, perfect, 0, 4).p, 1);
}

}  // namespace
}  // namespace medgraft::statistics
