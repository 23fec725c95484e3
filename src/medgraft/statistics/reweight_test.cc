#include "medgraft/statistics/reweight.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

constexpr int64_t kPatients = 60;

// Probabilities with ties, two cases a patient.
LabelColumn column_of(uint64_t seed, uint64_t levels) {
  Rng rng(seed);
  LabelColumn out;
  for (int64_t i = 0; i < 2 * kPatients; ++i) {
    const double p =
        static_cast<double>(rng.below(levels + 1)) / static_cast<double>(levels);
    out.add(p, static_cast<double>(rng.below(100)) / 100 < p / 2, i / 2);
  }
  return out;
}

std::vector<double> counts_of(uint64_t seed) {
  Rng rng(seed);
  std::vector<double> counts(static_cast<size_t>(kPatients));
  for (int64_t i = 0; i < kPatients; ++i) {
    ++counts[rng.below(static_cast<uint64_t>(kPatients))];
  }
  return counts;
}

std::vector<double> weights_of(const LabelColumn& column,
                               const std::vector<double>& counts) {
  std::vector<double> out;
  for (const int64_t patient : column.patients) {
    out.push_back(counts[static_cast<size_t>(patient)]);
  }
  return out;
}

void expect_equal(const PrevalenceFigures& a, const PrevalenceFigures& b) {
  const auto expect = [](double x, double y) {
    EXPECT_EQ(std::isnan(x), std::isnan(y));
    if (!std::isnan(y)) {
      EXPECT_NEAR(x, y, 1e-13);
    }
  };
  expect(a.auprc, b.auprc);
  expect(a.ppv, b.ppv);
  expect(a.brier, b.brier);
  expect(a.ece, b.ece);
}

TEST(ReweightTest, MatchesDefinitionInEveryResample) {
  for (const uint64_t levels : {7, 1000}) {
    for (const double threshold : {0.0, 0.4, 2.0}) {
      const auto column = column_of(levels, levels);
      const PrevalenceSample fast(column, threshold);
      const BinarySample slow(column.probabilities, column.labels);
      for (uint64_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        const auto counts = counts_of(seed);
        const auto weights = weights_of(column, counts);
        const auto found = fast.figures_at(0.6, counts);
        expect_equal(found.own, prevalence_figures(slow, threshold, weights));
        expect_equal(found.reweighted,
                     prevalence_figures(slow, threshold,
                                        reweight_to(0.6, column.labels, weights)));
        expect_equal(fast.figures(counts), found.own);
        EXPECT_NEAR(fast.prevalence(counts), prevalence(column.labels, weights), 1e-13);
      }
      expect_equal(fast.figures(), prevalence_figures(slow, threshold));
    }
  }
}

TEST(ReweightTest, KeepsFiguresAtTheOwnPrevalence) {
  const PrevalenceSample sample(column_of(3, 50), 0.5);
  const auto figures = sample.figures_at(sample.prevalence());
  expect_equal(figures.reweighted, figures.own);
}

TEST(ReweightTest, LeavesOneClassUndefined) {
  const LabelColumn positives{{0.2, 0.8}, {1, 1}, {0, 1}};
  const auto figures = PrevalenceSample(positives, 0.5).figures_at(0.3);
  EXPECT_DOUBLE_EQ(figures.own.ppv, 1);
  EXPECT_TRUE(std::isnan(figures.reweighted.brier));
  EXPECT_TRUE(std::isnan(figures.reweighted.auprc));
  const auto none = PrevalenceSample(LabelColumn{}, 0.5).figures();
  EXPECT_TRUE(std::isnan(none.auprc) && std::isnan(none.ece) && std::isnan(none.ppv));
}

}  // namespace
}  // namespace medgraft::statistics
