#include "medgraft/statistics/verdict.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

TEST(VerdictTest, SignificanceNeedsTheAdjustedP) {
  const Interval gain{0.05, 0.01, 0.09};
  EXPECT_EQ(judge(gain, 0.04, {}, true), Verdict::kBetter);
  EXPECT_EQ(judge(gain, 0.06, {}, true), Verdict::kInconclusive);
  EXPECT_EQ(judge({-0.05, -0.09, -0.01}, 0.04, 0.02, true), Verdict::kWorse);
}

TEST(VerdictTest, NonInferiorityNeedsAMarginAndTheWholeIntervalAboveIt) {
  const Interval equal{0, -0.015, 0.015};
  EXPECT_EQ(judge(equal, 1, 0.02, true), Verdict::kNonInferior);
  EXPECT_EQ(judge(equal, 1, 0.01, true), Verdict::kInconclusive);
  EXPECT_EQ(judge(equal, 1, {}, true), Verdict::kInconclusive);
}

TEST(VerdictTest, ErrorsAreBetterWhereLower) {
  EXPECT_EQ(judge({-0.05, -0.09, -0.01}, 0.01, {}, false), Verdict::kBetter);
  EXPECT_EQ(judge({0, -0.03, 0.01}, 1, 0.02, false), Verdict::kNonInferior);
}

TEST(VerdictTest, OneSeedSupportsNoClaim) {
  EXPECT_EQ(judge({0.5, 0.4, 0.6}, 1e-9, 0.02, true, 1), Verdict::kNoClaim);
}

TEST(VerdictTest, DetectableDifferencesMatchSciPysQuantiles) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/intervals.json");
  const auto golden = nlohmann::json::parse(file).at("minimum_detectable");
  expect_parity("minimum detectable",
                minimum_detectable(2, std::numeric_limits<double>::infinity()),
                2 * golden.at("normal").get<double>(), 1e-9);
  expect_parity("minimum detectable", minimum_detectable(1, 4.5),
                golden.at("t4.5").get<double>(), 1e-9);
}

}  // namespace
}  // namespace medgraft::statistics
