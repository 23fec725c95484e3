#include "medgraft/statistics/gap_permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

// Patients with one to three cases each, in two groups.
struct Simulation {
  double separation[2] = {1.2, 1.2};  // Of positives from negatives, by group.
  double prevalence[2] = {0.3, 0.3};  // By group.
  int32_t patients = 120;
};

struct Simulated {
  std::vector<double> p, y;
  std::vector<uint8_t> predicted;
  std::vector<int32_t> rows;
  Grouping grouping;
};

Simulated simulate(const Simulation& truth, uint64_t seed) {
  Rng rng(mix_key({seed, 77}));
  Simulated out;
  out.grouping.num_groups = 2;
  for (int32_t patient = 0; patient < truth.patients; ++patient) {
    const auto group = static_cast<int32_t>(rng.below(3) == 0);
    out.grouping.group_of_patient.push_back(group);
    const double own = rng.normal() * 0.7;
    const double y = rng.uniform() < truth.prevalence[group] ? 1 : 0;
    for (uint64_t c = 0; c < 1 + rng.below(3); ++c) {
      const double score = truth.separation[group] * (y - 0.5) + own + 0.7 * rng.normal();
      out.p.push_back(1 / (1 + std::exp(-score)));
      out.y.push_back(y);
      out.predicted.push_back(out.p.back() >= 0.5);
      out.rows.push_back(static_cast<int32_t>(out.rows.size()));
      out.grouping.patient_of_row.push_back(patient);
    }
  }
  return out;
}

GapTest test(const Simulated& data, int64_t permutations) {
  const GroupedSample sample(data.p, data.y, data.predicted, data.rows);
  return test_gaps({&sample, 1}, data.grouping,
                   {.permutations = permutations, .min_group = 5, .threads = 2});
}

double p_of(const GapTest& test, GapKind kind) {
  return test.p[static_cast<size_t>(kind)];
}

TEST(GapPermutation, FindsAPlantedGap) {
  Simulation truth;
  truth.separation[1] = 0;
  truth.patients = 400;
  const auto found = test(simulate(truth, 1), 999);
  EXPECT_NEAR(p_of(found, GapKind::kAuroc), 0.001, 1e-12);  // The lowest there is.
  EXPECT_LT(p_of(found, GapKind::kWorstGroup), 0.01);
  EXPECT_EQ(found.gaps[static_cast<size_t>(GapKind::kAuroc)].low, 1);
  EXPECT_GT(found.gaps[static_cast<size_t>(GapKind::kAuroc)].value, 0.15);
}

TEST(GapPermutation, FindsNoneInAnAttributeOfNoMeaning) {
  const auto found = test(simulate({.patients = 400}, 2), 999);
  for (size_t kind = 0; kind < kNumGapKinds; ++kind) EXPECT_GT(found.p[kind], 0.05);
}

TEST(GapPermutation, IsTheSameForAnyNumberOfThreads) {
  const auto data = simulate({}, 3);
  const GroupedSample sample(data.p, data.y, data.predicted, data.rows);
  const auto p = [&](int threads) {
    return test_gaps({&sample, 1}, data.grouping,
                     {.permutations = 50, .min_group = 5, .threads = threads})
        .p;
  };
  EXPECT_EQ(p(1), p(3));
}

TEST(GapPermutation, LeavesPatientsWithoutAGroupOut) {
  auto data = simulate({.patients = 400}, 4);
  for (size_t i = 200; i < 400; ++i) data.grouping.group_of_patient[i] = -1;
  const auto with_unknown = test(data, 20);
  const auto cases = static_cast<size_t>(std::count_if(
      data.grouping.patient_of_row.begin(), data.grouping.patient_of_row.end(),
      [](int32_t i) { return i < 200; }));
  for (auto* column : {&data.p, &data.y}) column->resize(cases);
  data.predicted.resize(cases);
  data.rows.resize(cases);
  data.grouping.patient_of_row.resize(cases);
  data.grouping.group_of_patient.resize(200);
  const auto without = test(data, 20);
  ASSERT_FALSE(std::isnan(without.gaps[0].value));
  EXPECT_EQ(with_unknown.gaps[0].value, without.gaps[0].value);
}

// Rejections at 5% where groups differ in prevalence alone; Monte Carlo error 0.7%.
TEST(SlowGapPermutation, RejectsATrueNullInFivePercent) {
  constexpr int kSets = 1000;
  Simulation truth;
  truth.prevalence[1] = 0.5;
  std::array<double, kNumGapKinds> rejected{};
  for (int s = 0; s < kSets; ++s) {
    const auto found = test(simulate(truth, static_cast<uint64_t>(s) + 100), 199);
    for (size_t kind = 0; kind < kNumGapKinds; ++kind) {
      rejected[kind] += found.p[kind] <= 0.05;
    }
  }
  for (const auto kind : {GapKind::kAuroc, GapKind::kTpr, GapKind::kFpr,
                          GapKind::kEqualizedOdds, GapKind::kWorstGroup}) {
    const double rate = rejected[static_cast<size_t>(kind)] / kSets;
    EXPECT_NEAR(rate, 0.05, 0.02) << "gap " << static_cast<int>(kind);
  }
  // Of demographic parity the null is false: more is called positive in the second group.
  EXPECT_GT(rejected[static_cast<size_t>(GapKind::kDemographicParity)] / kSets, 0.1);
}

}  // namespace
}  // namespace medgraft::statistics
