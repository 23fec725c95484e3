#include "medgraft/evaluation/convergence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medgraft::evaluation {
namespace {

TrainingRun run(std::vector<double> values, int64_t every = 10,
                const std::string& schedule = "cosine") {
  TrainingRun out;
  for (size_t i = 0; i < values.size(); ++i) {
    out.curve.steps.push_back(every * static_cast<int64_t>(i + 1));
  }
  out.curve.values = std::move(values);
  out.epochs_per_step = 0.5;
  out.schedule = schedule;
  return out;
}

const ArmTraining kScratch = {
    "scratch",
    {run({0.5, 0.6, 0.7, 0.8, 0.8, 0.8}), run({0.5, 0.6, 0.75, 0.8, 0.8, 0.8})}};

TEST(ConvergenceOfArmsTest, ComparesWithTheBaselinesFinalValue) {
  const ArmTraining fast = {
      "photos",
      {run({0.7, 0.85, 0.85, 0.9, 0.9, 0.9}), run({0.8, 0.8, 0.9, 0.9, 0.9, 0.9})}};
  const auto found = convergence({kScratch, fast}, "scratch", true);
  ASSERT_EQ(found.size(), 2);
  const auto photos = convergence_json(found[1]);
  EXPECT_NEAR(photos["baseline_final_value"].get<double>(), 0.8, 1e-12);
  const auto& reached = photos["baseline_final"];
  EXPECT_EQ(reached["n_reached"], 2);
  EXPECT_EQ(reached["steps"]["value"], 10);  // Half of the runs: the lower median.
  EXPECT_EQ(reached["epochs"]["value"], 5);
  EXPECT_EQ(reached["ratio"]["value"], 0.25);
  EXPECT_EQ(reached["runs"][0]["value"], 20);
  EXPECT_EQ(reached["runs"][0]["after"], 10);
  EXPECT_EQ(photos["own_final"]["steps"]["value"], 30);
  EXPECT_TRUE(photos["reason"].is_null());
}

TEST(ConvergenceOfArmsTest, NotReachedStaysCensored) {
  const ArmTraining slow = {
      "photos",
      {run({0.5, 0.5, 0.6, 0.6, 0.6, 0.6}), run({0.5, 0.5, 0.6, 0.6, 0.6, 0.6}),
       run({0.5, 0.9, 0.9, 0.9, 0.9, 0.9})}};
  const auto entry = convergence({kScratch, slow}, "scratch", true)[1];
  EXPECT_EQ(time_text(entry.baseline_final.summary.median), "> 60 steps");
  const auto reached = convergence_json(entry)["baseline_final"];
  EXPECT_EQ(reached["n_reached"], 1);
  EXPECT_EQ(reached["n_runs"], 3);
  EXPECT_TRUE(reached["steps"]["value"].is_null());
  EXPECT_EQ(reached["steps"]["censored"], "above");
  EXPECT_EQ(reached["ratio"]["text"].get<std::string>().substr(0, 5), "> 1.5");
}

TEST(ConvergenceOfArmsTest, OtherSchedulesAndStepsAreNotComparable) {
  const ArmTraining steps = {"steps", {run({0.5, 0.8, 0.8, 0.8, 0.8, 0.8}, 20)}};
  const ArmTraining schedule = {"schedule",
                                {run({0.5, 0.8, 0.8, 0.8, 0.8, 0.8}, 10, "constant")}};
  const auto found = convergence({kScratch, steps, schedule}, "scratch", true);
  EXPECT_EQ(found[1].reason, "the steps of evaluation differ");
  EXPECT_EQ(found[2].reason, "the schedules differ");
  EXPECT_TRUE(convergence_json(found[1])["baseline_final"].is_null());
  EXPECT_EQ(convergence_json(found[1])["own_final"]["steps"]["value"], 40);
  EXPECT_NE(convergence({steps}, "scratch", true)[0].reason, "");
}

TEST(ConvergenceOfArmsTest, SaysWhichArmsStillImprove) {
  const ArmTraining rising = {
      "rising", {run({0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95})}};
  const auto found = convergence({rising, kScratch, {"none", {}}}, "rising", true);
  ASSERT_EQ(found.size(), 2);
  EXPECT_TRUE(found[0].is_still_improving);
  EXPECT_NEAR(found[0].late_gain, 0.1, 1e-12);
  EXPECT_FALSE(found[1].is_still_improving);
  const ArmTraining error = {"error", {run({0.5, 0.4, 0.3, 0.2, 0.1})}};
  EXPECT_TRUE(convergence({error}, "error", false)[0].is_still_improving);
}

}  // namespace
}  // namespace medgraft::evaluation
