#include "medgraft/statistics/convergence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

ValidationCurve every_ten(std::vector<double> values) {
  ValidationCurve curve;
  for (size_t i = 0; i < values.size(); ++i) {
    curve.steps.push_back(10 * static_cast<int64_t>(i + 1));
  }
  curve.values = std::move(values);
  return curve;
}

TEST(ConvergenceTest, SmoothsTheFinalValueOverTheLastTenthAndAtLeastThree) {
  EXPECT_TRUE(std::isnan(smoothed_final({})));
  EXPECT_DOUBLE_EQ(smoothed_final(std::vector<double>{1, 3}), 2);
  EXPECT_DOUBLE_EQ(smoothed_final(std::vector<double>{9, 1, 2, 6}), 3);
  std::vector<double> forty(40, 0);
  std::fill(forty.end() - 4, forty.end(), 1);  // A tenth of 40.
  EXPECT_DOUBLE_EQ(smoothed_final(forty), 1);
  forty.push_back(1);  // A tenth of 41, rounded up: 5.
  EXPECT_DOUBLE_EQ(smoothed_final(forty), 1);
}

TEST(ConvergenceTest, FindsTheFirstEvaluationNearTheFinalValue) {
  const auto curve = every_ten({0.6, 0.9, 0.803, 0.8, 0.8, 0.8});
  EXPECT_EQ(first_near_final(curve), (EventTime{20, 30, true}));
  EXPECT_EQ(first_near_final(every_ten({0.8, 0.8})), (EventTime{0, 10, true}));
  // The mean of the last three is none of them.
  EXPECT_EQ(first_near_final(every_ten({0.5, 0.6, 0.7, 0.9})), (EventTime{40, 0, false}));
}

TEST(ConvergenceTest, NeedsTwoConsecutiveEvaluationsAtTheTarget) {
  const auto curve = every_ten({0.7, 0.8, 0.7, 0.8, 0.85, 0.7});
  EXPECT_EQ(first_at_target(curve, 0.8, true), (EventTime{30, 40, true}));
  EXPECT_EQ(first_at_target(curve, 0.7, true), (EventTime{0, 10, true}));
  EXPECT_EQ(first_at_target(curve, 0.9, true), (EventTime{60, 0, false}));
  EXPECT_EQ(first_at_target(curve, 0.75, false), (EventTime{50, 0, false}));
  EXPECT_EQ(first_at_target(every_ten({0.4, 0.3, 0.2}), 0.3, false),
            (EventTime{10, 20, true}));
}

// tests/goldens/convergence.py
TEST(ConvergenceTest, MatchesTheKaplanMeierMedianOfStatsmodels) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/convergence.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden.at("samples").size(), 60);
  for (const auto& sample : golden.at("samples")) {
    std::vector<EventTime> runs;
    for (size_t i = 0; i < sample.at("times").size(); ++i) {
      const auto time = sample.at("times")[i].get<int64_t>();
      if (sample.at("reached")[i].get<bool>()) {
        runs.push_back({time - 10, time, true});
      } else {
        runs.push_back({time, 0, false});
      }
    }
    const auto got = median_event(runs);
    EXPECT_EQ(got.median.reached, !sample.at("median").is_null());
    if (got.median.reached) {
      expect_parity("convergence median", static_cast<double>(got.median.by),
                    sample.at("median").get<double>(), 0);
    }
  }
}

TEST(ConvergenceTest, KeepsRunsThatNeverReachItCensored) {
  const std::vector<EventTime> runs = {{10, 20, true}, {100, 0, false}, {90, 0, false}};
  const auto got = median_event(runs);
  EXPECT_EQ(got.num_reached, 1);
  EXPECT_EQ(got.num_runs, 3);
  EXPECT_EQ(got.median, (EventTime{100, 0, false}));
}

TEST(ConvergenceTest, RatiosCarryIntervalsAndCensoring) {
  const EventTime early{10, 20, true}, late{30, 40, true}, first{0, 10, true},
      never{100, 0, false};
  const auto both = time_ratio(early, late);
  EXPECT_EQ(both.value, (Censored{0.5, Censoring::kNone}));
  EXPECT_DOUBLE_EQ(both.low.value, 0.25);      // 10 / 40
  EXPECT_DOUBLE_EQ(both.high.value, 2.0 / 3);  // 20 / 30
  EXPECT_EQ(time_ratio(never, late).value, (Censored{2.5, Censoring::kAbove}));
  EXPECT_EQ(time_ratio(early, never).value, (Censored{0.2, Censoring::kBelow}));
  EXPECT_TRUE(std::isnan(time_ratio(never, never).value.value));
  EXPECT_TRUE(std::isnan(time_ratio(early, first).high.value));
}

TEST(ConvergenceTest, MeasuresTheGainOfTheLastFifth) {
  // A line gains what it gains in a fifth of the steps.
  const auto line = every_ten({0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0});
  EXPECT_NEAR(*late_gain(line, true), 0.2, 1e-12);
  EXPECT_NEAR(*late_gain(line, false), -0.2, 1e-12);
  const auto flat = every_ten({0.1, 0.8, 0.8, 0.8, 0.8});
  EXPECT_NEAR(*late_gain(flat, true), 0, 1e-12);
  EXPECT_FALSE(late_gain(every_ten({0.1, 0.2}), true));
  EXPECT_FALSE(late_gain({}, true));
}

}  // namespace
}  // namespace medgraft::statistics
