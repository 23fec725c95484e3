#include "medgraft/statistics/replicate_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

struct Case {
  size_t items, patients;
  int levels;  // Of probability: few make many ties.
  double prevalence, threshold;
};

// Same value, or both undefined: to the bit.
void expect_same(double got, double want, const char* what) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got)) << what;
  } else {
    EXPECT_EQ(got, want) << what;
  }
}

struct Drawn {
  std::vector<double> probabilities, labels;
  std::vector<int64_t> patients;

  Drawn(const Case& of, Rng& rng) {
    for (size_t i = 0; i < of.items; ++i) {
      const double level = std::floor(rng.uniform() * of.levels);
      probabilities.push_back(level / (of.levels - 1));
      labels.push_back(rng.uniform() < of.prevalence ? 1 : 0);
      patients.push_back(static_cast<int64_t>(rng.below(of.patients)));
    }
  }
};

class ReplicateScoresTest : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_supported(GetParam())) GTEST_SKIP() << "this processor lacks it";
  }

  // Counts from none at all (lane 0) over one patient alone to many repeats.
  static std::vector<std::vector<uint16_t>> draw_counts(size_t patients, Rng& rng) {
    std::vector<std::vector<uint16_t>> counts(kLanes, std::vector<uint16_t>(patients));
    counts[1][rng.below(patients)] = 1;
    for (auto& count : counts[2]) count = 1;
    for (size_t lane = 3; lane < kLanes; ++lane) {
      for (size_t i = 0; i < patients; ++i) ++counts[lane][rng.below(patients)];
    }
    counts[3][0] = 65535;
    return counts;
  }

  static void compare(const BinarySample& sample, double threshold,
                      const std::vector<double>& weights, const LaneScores& got,
                      size_t lane) {
    expect_same(got.auroc[lane], sample.auroc(weights), "auroc");
    expect_same(got.auprc[lane], sample.auprc(weights), "auprc");
    expect_same(got.nll[lane], sample.nll(weights), "nll");
    expect_same(got.brier[lane], sample.brier(weights), "brier");
    expect_same(got.ece[lane], sample.ece(weights), "ece");
    expect_same(got.ece_adaptive[lane], sample.ece_adaptive(weights), "ece_adaptive");
    expect_same(got.ece_debiased[lane], sample.ece_debiased(weights), "ece_debiased");
    const auto want = sample.confusion(threshold, weights);
    expect_same(got.true_positive[lane], want.true_positive, "true positives");
    expect_same(got.false_positive[lane], want.false_positive, "false positives");
    expect_same(got.true_negative[lane], want.true_negative, "true negatives");
    expect_same(got.false_negative[lane], want.false_negative, "false negatives");
  }
};

TEST_P(ReplicateScoresTest, EveryFigureIsTheSlowDefinitions) {
  Rng rng(11);
  for (const Case& of : {Case{300, 120, 1000, 0.3, 0.4}, Case{300, 40, 8, 0.5, 3.0 / 7},
                         Case{200, 200, 2, 0.1, 0.5}, Case{9, 5, 30, 0.5, 0.0},
                         Case{40, 7, 16, 1.0, 2.0}, Case{40, 7, 16, 0.0, 1.0},
                         Case{1, 1, 3, 1.0, 0.5}, Case{2000, 900, 100000, 0.02, 0.9}}) {
    SCOPED_TRACE(text("items ", of.items, " levels ", of.levels));
    const Drawn drawn(of, rng);
    const BinarySample sample(drawn.probabilities, drawn.labels);
    const LaneSample fast(sample, drawn.patients, of.threshold);
    const auto counts = draw_counts(of.patients, rng);
    LaneCounts side_by_side(static_cast<int64_t>(of.patients));
    for (size_t lane = 0; lane < kLanes; ++lane) side_by_side.set(lane, counts[lane]);
    const auto got = fast.score(side_by_side, {}, GetParam());
    for (size_t lane = 0; lane < kLanes; ++lane) {
      std::vector<double> weights;
      for (const auto patient : drawn.patients) {
        weights.push_back(counts[lane][static_cast<size_t>(patient)]);
      }
      SCOPED_TRACE(text("lane ", lane));
      compare(sample, of.threshold, weights, got, lane);
    }
  }
}

TEST_P(ReplicateScoresTest, PassesLeftOutAreUndefinedAndChangeNothingElse) {
  Rng rng(5);
  const Drawn drawn({100, 30, 50, 0.4, 0.5}, rng);
  const LaneSample fast(BinarySample(drawn.probabilities, drawn.labels), drawn.patients,
                        0.5);
  LaneCounts counts(30);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    counts.set(lane, std::vector<uint16_t>(30, 1));
  }
  const auto all = fast.score(counts, {}, GetParam());
  const auto one = fast.score(
      counts, {.auroc = false, .auprc = false, .ece_adaptive = true, .sums = false},
      GetParam());
  EXPECT_TRUE(std::isnan(one.auroc[0]));
  EXPECT_TRUE(std::isnan(one.auprc[0]));
  EXPECT_EQ(one.ece_adaptive, all.ece_adaptive);
}

TEST_P(ReplicateScoresTest, ClassesAreCountedByTheMostProbable) {
  const std::vector<int64_t> predicted = {0, 1, 2, 0, 1}, actual = {0, 1, 1, 2, 1},
                             patients = {0, 0, 1, 2, 3};
  const std::vector<double> squares = {0.1, 0.2, 0.3, 0.4, 0.5}, losses = {1, 2, 3, 4, 5};
  const LaneClasses classes(predicted, actual, squares, losses, patients, 3);
  LaneCounts counts(4);
  counts.set(1, std::vector<uint16_t>{2, 1, 0, 3});
  const auto got = classes.score(counts, GetParam());
  EXPECT_TRUE(std::isnan(got.nll[0]));  // Nobody was drawn.
  EXPECT_DOUBLE_EQ(got.total[1], 8);
  EXPECT_DOUBLE_EQ(got.accuracy[1], 7.0 / 8);
  EXPECT_DOUBLE_EQ(got.nll[1], (2 * 1 + 2 * 2 + 3 + 3 * 5) / 8.0);
  EXPECT_DOUBLE_EQ(got.brier[1], (0.2 + 0.4 + 0.3 + 1.5) / 8);
  EXPECT_EQ(got.actual[1][1], 6);
  EXPECT_EQ(got.predicted[2][1], 1);
  EXPECT_EQ(got.right[1][1], 5);
}

INSTANTIATE_TEST_SUITE_P(EachInstructionSet, ReplicateScoresTest,
                         ::testing::Values(InstructionSet::kBaseline,
                                           InstructionSet::kAvx2,
                                           InstructionSet::kAvx512));

// Weights stand for repeated items, bins of equal count included.
TEST(BinarySampleTest, AWeightStandsForRepeatedItems) {
  Rng rng(3);
  const Drawn drawn({150, 150, 60, 0.4, 0.5}, rng);
  std::vector<double> weights, p, y;
  for (size_t i = 0; i < drawn.labels.size(); ++i) {
    weights.push_back(static_cast<double>(rng.below(5)));
    for (int r = 0; r < weights[i]; ++r) {
      p.push_back(drawn.probabilities[i]);
      y.push_back(drawn.labels[i]);
    }
  }
  const BinarySample sample(drawn.probabilities, drawn.labels), repeated(p, y);
  EXPECT_NEAR(sample.ece_adaptive(weights), repeated.ece_adaptive(), 1e-12);
  EXPECT_NEAR(sample.auprc(weights), repeated.auprc(), 1e-12);
}

}  // namespace
}  // namespace medgraft::statistics
