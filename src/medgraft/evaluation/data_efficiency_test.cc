#include "medgraft/evaluation/data_efficiency.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"

namespace medgraft::evaluation {
namespace {

using statistics::Censoring;

constexpr double kFractions[] = {0.05, 0.1, 0.25, 0.5, 1};
constexpr double kFullShift = 1.2;  // Of the baseline with all data.

double shift_at(double fraction) { return 1.5 + 0.3 * std::log(fraction); }

// What every run of a study reads: patients' labels and how hard each patient is.
struct Patients {
  std::vector<double> labels, difficulty;

  Patients(Rng& rng, int count) {
    for (int i = 0; i < count; ++i) {
      labels.push_back(i % 3 == 0 ? 1 : 0);
      difficulty.push_back(rng.normal());
    }
  }
};

// Binormal scores: the sick lie `shift` higher, give or take what the seed adds.
Predictions run(const Patients& patients, double shift, double seed_deviation, Rng& rng) {
  Predictions out;
  out.names = {"sick"};
  shift += seed_deviation * rng.normal();
  for (size_t i = 0; i < patients.labels.size(); ++i) {
    out.cases.push_back("c" + std::to_string(i));
    out.patients.push_back("p" + std::to_string(i));
    out.splits.push_back("test");
    const double score =
        shift * patients.labels[i] + 0.8 * patients.difficulty[i] + 0.6 * rng.normal();
    out.labels.push_back(patients.labels[i]);
    out.probabilities.push_back(1 / (1 + std::exp(-score)));
  }
  return out;
}

// An arm on a curve, and a baseline that is level.
struct Study {
  std::vector<Predictions> runs;
  std::vector<LearningCurve> arms;

  Study(Rng& rng, int num_patients, int num_seeds, double baseline_shift = kFullShift,
        double seed_deviation = 0.1) {
    const Patients patients(rng, num_patients);
    arms = {{"arm", {}}, {"baseline", {}}};
    runs.reserve(2 * std::size(kFractions) * static_cast<size_t>(num_seeds));
    for (const double fraction : kFractions) {
      for (int s = 0; s < num_seeds; ++s) {
        runs.push_back(run(patients, shift_at(fraction), seed_deviation, rng));
        arms[0].seeds[fraction].push_back({&runs.back()});
        runs.push_back(run(patients, baseline_shift * (fraction == 1 ? 1 : 0.5),
                           seed_deviation, rng));
        arms[1].seeds[fraction].push_back({&runs.back()});
      }
    }
  }
};

CellOptions options(int64_t replicates) {
  CellOptions out;
  out.replicates = replicates;
  return out;
}

TEST(DataEfficiencyOfRunsTest, FindsThePlantedCrossing) {
  Rng rng(2);
  const Study study(rng, 4000, 3, kFullShift, 0.01);
  const auto found =
      data_efficiency(study.arms, "baseline", Metric::kAuroc, options(200));
  ASSERT_EQ(found.size(), 2);
  const double truth = std::exp((kFullShift - 1.5) / 0.3);  // 0.37
  const auto& reached = found[0].found.fraction_to_reach;
  EXPECT_NEAR(reached.value.value, truth, 0.06);
  EXPECT_LT(reached.low.value, truth);
  EXPECT_GT(reached.high.value, truth);
  EXPECT_EQ(found[0].num_patients, 4000);
  // The baseline reaches its own value with all data.
  EXPECT_NEAR(found[1].found.fraction_to_reach.value.value, 1, 1e-9);
}

// Whole studies simulated: patients, seeds and target vary together.
TEST(DataEfficiencyOfRunsTest, SlowIntervalsHoldThePlantedCrossing) {
  // The curve between 0.25 and 0.5 is a chord in AUROC, whose crossing is this:
  const auto auroc = [](double shift) {
    return std::erfc(-shift / 2) / 2;  // Scores have unit variance within a class.
  };
  const double low = auroc(shift_at(0.25)), high = auroc(shift_at(0.5));
  const double share = (auroc(kFullShift) - low) / (high - low);
  const double truth = 0.25 * std::pow(2, share);
  constexpr int kStudies = 300;
  int covered = 0;
  Rng rng(6);
  for (int i = 0; i < kStudies; ++i) {
    const Study study(rng, 200, 3);
    auto with = options(300);
    with.seed = static_cast<uint64_t>(i);
    const auto found =
        data_efficiency(study.arms, "baseline", Metric::kAuroc, with).front().found;
    const auto& [_, lower, upper] = found.fraction_to_reach;
    covered += (lower.censoring == Censoring::kBelow || lower.value <= truth) &&
               (upper.censoring == Censoring::kAbove || upper.value >= truth);
  }
  const double coverage = covered / static_cast<double>(kStudies);
  RecordProperty("coverage", std::to_string(coverage));
  EXPECT_GE(coverage, 0.925);  // 0.95 less two Monte Carlo standard errors.
  EXPECT_LE(coverage, 0.99);
}

TEST(DataEfficiencyOfRunsTest, SaysWhatIsNeverReachedOrAlways) {
  Rng rng(3);
  const Study strong(rng, 300, 2, 5), weak(rng, 300, 2, 0.1);
  const auto never = data_efficiency_json(data_efficiency(
      strong.arms, "baseline", Metric::kAuroc, options(100))[0])["fraction_to_reach"];
  EXPECT_TRUE(never["value"].is_null());
  EXPECT_EQ(never["censored"], "above");
  EXPECT_EQ(never["ci_high_censored"], "above");
  EXPECT_EQ(never["text"], "> 1");
  const auto always = data_efficiency_json(data_efficiency(
      weak.arms, "baseline", Metric::kAuroc, options(100))[0])["fraction_to_reach"];
  EXPECT_EQ(always["censored"], "below");
  EXPECT_EQ(always["text"], "< 0.05");
}

TEST(DataEfficiencyOfRunsTest, AnErrorFallsToTheTarget) {
  Rng rng(5);
  const Study study(rng, 2000, 2, kFullShift, 0.01);
  const auto found =
      data_efficiency(study.arms, "baseline", Metric::kBrier, options(100));
  for (const auto& entry : found) {
    for (size_t i = 1; i < entry.found.points.size(); ++i) {
      EXPECT_LE(entry.found.points[i].fitted.value,
                entry.found.points[i - 1].fitted.value);
    }
  }
}

TEST(DataEfficiencyOfRunsTest, NeedsTwoFractionsAndTheBaselineWithAllData) {
  Rng rng(7);
  Study study(rng, 60, 1);
  study.arms[1].seeds.erase(1);
  const auto found =
      data_efficiency(study.arms, "baseline", Metric::kAuroc, options(100));
  EXPECT_NE(found[0].reason.find("all training patients"), std::string::npos);
  for (auto& arm : study.arms) {
    while (arm.seeds.size() > 1) arm.seeds.erase(arm.seeds.begin());
  }
  EXPECT_TRUE(
      data_efficiency(study.arms, "baseline", Metric::kAuroc, options(100)).empty());
}

TEST(DataEfficiencyOfRunsTest, RefusesRunsOfOtherCases) {
  Rng rng(7);
  Study study(rng, 60, 1);
  study.runs[3].cases[5] = "another";
  EXPECT_THROW(data_efficiency(study.arms, "baseline", Metric::kAuroc, options(100)),
               UserError);
}

}  // namespace
}  // namespace medgraft::evaluation
