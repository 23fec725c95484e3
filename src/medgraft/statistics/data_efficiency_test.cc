#include "medgraft/statistics/data_efficiency.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;
const std::vector<double> kFractions = {0.05, 0.1, 0.25, 0.5, 1};

// tests/goldens/data_efficiency.py
TEST(DataEfficiencyTest, CrossesWhereScikitLearnsFitDoes) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) +
                     "/statistics/data_efficiency.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden.at("curves").size(), 60);
  for (const auto& curve : golden.at("curves")) {
    const auto got = fraction_to_reach(curve.at("fractions").get<std::vector<double>>(),
                                       curve.at("values").get<std::vector<double>>(),
                                       curve.at("target").get<double>(),
                                       curve.at("higher_is_better").get<bool>());
    const auto& censored = curve.at("censored");
    EXPECT_EQ(got.censoring, censored.is_null()    ? Censoring::kNone
                             : censored == "below" ? Censoring::kBelow
                                                   : Censoring::kAbove);
    expect_parity("data efficiency crossing", got.value,
                  curve.at("reached").get<double>(), kExact);
  }
}

TEST(DataEfficiencyTest, InterpolatesOnTheLogarithm) {
  // Halfway between two values is the geometric mean of their fractions.
  const auto got = fraction_to_reach({0.04, 1}, {0.6, 0.8}, 0.7, true);
  EXPECT_EQ(got.censoring, Censoring::kNone);
  EXPECT_NEAR(got.value, 0.2, kExact);
}

// Simulated scores: `truth` plus what patients do to all seeds of a cell alike, plus what
// seeds do.
struct World {
  std::vector<double> truth;  // [F] of the arm, [F] of the baseline: the target last.
  std::vector<double> seed_deviation;
  double patient_deviation = 0;
  int64_t num_seeds = 3, num_replicates = 300;

  std::vector<SeedScores> draw(Rng& rng) const {
    constexpr double kShared = 0.7;  // Of the patients' variance: common to all cells.
    std::vector<SeedScores> cells(truth.size());
    const auto patients = [&] {
      std::vector<double> effect;
      const double common = rng.normal();
      for (size_t c = 0; c < cells.size(); ++c) {
        effect.push_back(patient_deviation * (std::sqrt(kShared) * common +
                                              std::sqrt(1 - kShared) * rng.normal()));
      }
      return effect;
    };
    const auto of_sample = patients();
    for (size_t c = 0; c < cells.size(); ++c) {
      for (int64_t s = 0; s < num_seeds; ++s) {
        cells[c].observed.push_back(truth[c] + of_sample[c] +
                                    seed_deviation[c] * rng.normal());
      }
    }
    for (int64_t b = 0; b < num_replicates; ++b) {
      const auto of_replicate = patients();
      for (size_t c = 0; c < cells.size(); ++c) {
        for (const double value : cells[c].observed) {
          cells[c].replicates.push_back(value + of_replicate[c]);
        }
      }
    }
    return cells;
  }
};

// Cells of the arm, then of the baseline, whose last one is the target.
DataEfficiency of(const std::vector<SeedScores>& cells, uint64_t seed = 0) {
  EfficiencyCells input{kFractions, {}, {}, &cells.back(), true};
  for (size_t f = 0; f < kFractions.size(); ++f) input.curve.push_back(&cells[f]);
  for (size_t c = kFractions.size(); c < cells.size(); ++c) {
    input.baseline_curve.push_back(&cells[c]);
  }
  if (input.baseline_curve.empty()) input.baseline_curve = input.curve;
  return data_efficiency(input, seed);
}

bool is_at_most(const Censored& a, double b) {
  return a.censoring == Censoring::kBelow ||
         (a.censoring == Censoring::kNone && a.value <= b);
}

bool is_at_least(const Censored& a, double b) {
  return a.censoring == Censoring::kAbove ||
         (a.censoring == Censoring::kNone && a.value >= b);
}

double coverage(const World& world, double truth, uint64_t key) {
  constexpr int kDataSets = 500;
  Rng rng(key);
  int covered = 0;
  for (int i = 0; i < kDataSets; ++i) {
    const auto got = of(world.draw(rng), static_cast<uint64_t>(i)).fraction_to_reach;
    covered += is_at_most(got.low, truth) && is_at_least(got.high, truth);
  }
  return covered / static_cast<double>(kDataSets);
}

const std::vector<double> kTruth = {0.70, 0.75, 0.80, 0.84, 0.86,
                                    0.60, 0.62, 0.70, 0.75, 0.78};

std::vector<double> everywhere(double value) {
  return std::vector<double>(2 * kFractions.size(), value);
}

TEST(DataEfficiencyTest, SlowIntervalsHoldThePlantedCrossing) {
  // 0.78 lies 3/5 of the way from 0.1 to 0.25, on the logarithm.
  const double truth = 0.1 * std::pow(2.5, 0.6);
  const double patients = coverage({kTruth, everywhere(0.005), 0.02}, truth, 1);
  const double both = coverage({kTruth, everywhere(0.01), 0.01}, truth, 2);
  const double seeds = coverage({kTruth, everywhere(0.02), 0.005}, truth, 3);
  const double five = coverage({kTruth, everywhere(0.02), 0.01, 5}, truth, 4);
  for (const auto& [name, share] : {std::pair{"patients", patients},
                                    {"both", both},
                                    {"seeds", seeds},
                                    {"five_seeds", five}}) {
    RecordProperty(name, std::to_string(share));
    EXPECT_GE(share, 0.93) << name;
    EXPECT_LE(share, 0.975) << name;
  }
}

// Seeds that vary more at small fractions: the pooled residuals must not cover less.
TEST(DataEfficiencyTest, SlowIntervalsHoldTheCrossingWhereSeedsVaryUnequally) {
  const World world{{0.70, 0.75, 0.80, 0.84, 0.86, 0.60, 0.65, 0.68, 0.70, 0.73},
                    {0.04, 0.03, 0.02, 0.01, 0.008, 0.04, 0.03, 0.02, 0.01, 0.008},
                    0.005};
  const double share = coverage(world, 0.05 * std::pow(2, 0.6), 5);
  RecordProperty("coverage", std::to_string(share));
  EXPECT_GE(share, 0.93);
}

TEST(DataEfficiencyTest, CarriesCensoringIntoTheBounds) {
  Rng rng(9);
  const auto world = [](double target) {
    World out{kTruth, everywhere(0.01), 0.02};
    out.truth.back() = target;
    return out;
  };
  const auto never = of(world(0.99).draw(rng)).fraction_to_reach;
  const Censored above{1, Censoring::kAbove}, below{0.05, Censoring::kBelow};
  EXPECT_EQ(never.value, above);
  EXPECT_EQ(never.low, above);
  EXPECT_EQ(never.high, above);
  const auto always = of(world(0.5).draw(rng)).fraction_to_reach;
  EXPECT_EQ(always.value, below);
  EXPECT_EQ(always.low, below);
  EXPECT_EQ(always.high, below);
  const auto late = of(world(0.85).draw(rng)).fraction_to_reach;
  EXPECT_EQ(late.low.censoring, Censoring::kNone);
  EXPECT_EQ(late.high, above);
}

TEST(DataEfficiencyTest, TheBaselineReachesItsOwnValueWithAllData) {
  Rng rng(4);
  auto cells = World{kTruth, everywhere(0.001), 0.02}.draw(rng);
  cells.resize(kFractions.size());  // The curve's last cell is the target itself.
  const auto got = of(cells);
  EXPECT_NEAR(got.fraction_to_reach.value.value, 1, kExact);
  EXPECT_EQ(got.fraction_to_reach.high.censoring, Censoring::kNone);
  EXPECT_NEAR(got.fraction_to_reach.high.value, 1, kExact);
}

TEST(DataEfficiencyTest, OneSeedVariesByPatientsAlone) {
  Rng rng(3);
  World world{kTruth, everywhere(0.02), 0.01};
  world.num_seeds = 1;
  const auto got = of(world.draw(rng));
  EXPECT_EQ(got.num_seed_degrees, 0);
  EXPECT_LT(got.target.high - got.target.low, 0.05);  // 2 x 1.96 x 0.01
}

TEST(DataEfficiencyTest, LeavesOutWhatIsUndefined) {
  Rng rng(8);
  auto cells = World{kTruth, everywhere(0.002), 0.002}.draw(rng);
  const double none = std::nan("");
  cells[1].observed[0] = none;
  cells[2].replicates[5] = none;
  const auto got = of(cells);
  EXPECT_TRUE(std::isnan(got.points[1].fitted.value));
  EXPECT_EQ(got.num_undefined, 1);
  EXPECT_EQ(got.fraction_to_reach.value.censoring, Censoring::kNone);
  // Between 0.05 and 0.25 now: 4/5 of the way.
  EXPECT_NEAR(got.fraction_to_reach.value.value, 0.05 * std::pow(5, 0.8), 0.03);

  cells.back().observed[0] = none;
  EXPECT_TRUE(std::isnan(of(cells).fraction_to_reach.value.value));
}

}  // namespace
}  // namespace medgraft::statistics
