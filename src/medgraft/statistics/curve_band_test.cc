#include "medgraft/statistics/curve_band.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstdio>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/curve_sample.h"

namespace medgraft::statistics {
namespace {

using Numbers = std::vector<double>;

// Patients of `cases` cases whose scores share a normal part: two normal distributions,
// so that both true curves have a closed form.
struct Population {
  int64_t patients = 0;
  int cases = 1;
  double prevalence = 0.5, distance = 1, correlation = 0;

  static double cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
  double tpr(double fpr) const {
    return cdf(distance + boost::math::quantile(boost::math::normal(), fpr));
  }
  double precision(double recall) const {
    const double fpr =
        cdf(boost::math::quantile(boost::math::normal(), recall) - distance);
    return prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr);
  }
};

struct Coverage {
  double roc = 0, roc_point = 0, pr = 0, pr_point = 0, count = 0;
};

struct Drawn {
  Numbers scores, labels;
  std::vector<int64_t> patients;
};

Drawn draw(const Population& population, uint64_t seed) {
  Rng rng(mix_key({seed, 77}));
  Drawn out;
  for (int64_t patient = 0; patient < population.patients; ++patient) {
    const double shared = std::sqrt(population.correlation) * rng.normal();
    for (int i = 0; i < population.cases; ++i) {
      const double label = rng.uniform() < population.prevalence;
      const double own = std::sqrt(1 - population.correlation) * rng.normal();
      out.scores.push_back(shared + own + label * population.distance);
      out.labels.push_back(label);
      out.patients.push_back(patient);
    }
  }
  return out;
}

// Whether a band and the share of its points' intervals hold the truth.
template <class Truth>
std::pair<bool, double> holds(const std::vector<BandPoint>& band, const Truth& truth) {
  bool all = true;
  double points = 0;
  for (size_t i = 0; i < band.size(); ++i) {
    const double want = truth(i);
    all = all && band[i].band_low <= want && want <= band[i].band_high;
    points += band[i].ci_low <= want && want <= band[i].ci_high;
  }
  return {all, points / static_cast<double>(band.size())};
}

void add_one(const Population& population, uint64_t seed, Coverage& coverage) {
  const auto drawn = draw(population, seed);
  const CurveSample sample(drawn.scores, drawn.labels, drawn.patients,
                           population.patients);
  Numbers estimate(CurveFigures::kSize);
  sample.trace(std::vector<float>(static_cast<size_t>(population.patients), 1), estimate);
  const auto values =
      bootstrap(population.patients, 400, CurveFigures::kSize, seed, 2,
                [&](std::span<const double> counts, std::span<double> figures) {
                  sample.trace(std::vector<float>(counts.begin(), counts.end()), figures);
                });
  // Rates of 0 and 1 are no estimates.
  const std::span all(estimate);
  const auto tpr = all.subspan(CurveFigures::kTpr + 1, kRocPoints - 2);
  const auto precision = all.subspan(CurveFigures::kPrecision, kPrPoints - 1);
  const Numbers positives(tpr.size(), sample.num_positives());
  Numbers called;
  for (size_t i = 0; i < precision.size(); ++i) {
    called.push_back(static_cast<double>(i + 1) / 100 * sample.num_positives() /
                     precision[i]);
  }
  const auto roc =
      holds(curve_band(tpr, positives, sample.patients_per_positive(),
                       {values, CurveFigures::kSize, CurveFigures::kTpr + 1}),
            [&](size_t i) { return population.tpr(static_cast<double>(i + 1) / 100); });
  const auto pr = holds(
      curve_band(precision, called, sample.patients_per_case(),
                 {values, CurveFigures::kSize, CurveFigures::kPrecision}),
      [&](size_t i) { return population.precision(static_cast<double>(i + 1) / 100); });
  coverage.roc += roc.first;
  coverage.roc_point += roc.second;
  coverage.pr += pr.first;
  coverage.pr_point += pr.second;
  ++coverage.count;
}

TEST(SlowCurveBandTest, HoldsTheWholeTrueCurve) {
  constexpr uint64_t kDataSets = 200;
  constexpr double kAuroc80 = 1.190232, kAuroc90 = 1.812388;  // sqrt(2) probit(AUROC).
  const Population populations[] = {{100, 1, 0.5, kAuroc80, 0},
                                    {200, 1, 0.2, kAuroc90, 0},
                                    {1000, 1, 0.2, kAuroc90, 0},
                                    {150, 3, 0.3, kAuroc80, 0.5}};
  for (const auto& population : populations) {
    Coverage coverage;
    for (uint64_t seed = 0; seed < kDataSets; ++seed) add_one(population, seed, coverage);
    std::printf("| %4d x %d | %.2f | %.1f | %.3f | %.3f | %.3f | %.3f |\n",
                static_cast<int>(population.patients), population.cases,
                population.prevalence, population.correlation,
                coverage.roc / coverage.count, coverage.roc_point / coverage.count,
                coverage.pr / coverage.count, coverage.pr_point / coverage.count);
    // Three standard errors of 200 data sets below 95%.
    EXPECT_GT(coverage.roc / coverage.count, 0.95 - 3 * 0.0154);
    EXPECT_GT(coverage.pr / coverage.count, 0.95 - 3 * 0.0154);
    EXPECT_NEAR(coverage.roc_point / coverage.count, 0.95, 0.03);
    EXPECT_NEAR(coverage.pr_point / coverage.count, 0.95, 0.03);
  }
}

TEST(CurveBandTest, UndefinedReplicatesAreLeftOut) {
  const double nan = std::nan("");
  const Numbers values = {0.4, 0.7, nan, nan, 0.6, 0.9};
  const auto band = curve_band(Numbers{0.5, 0.8}, Numbers{20, 20}, 1, {values, 2, 0});
  const auto without = curve_band(Numbers{0.5, 0.8}, Numbers{20, 20}, 1,
                                  {Numbers{0.4, 0.7, 0.6, 0.9}, 2, 0});
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(band[i].band_low, without[i].band_low);
    EXPECT_EQ(band[i].ci_high, without[i].ci_high);
    EXPECT_LE(band[i].band_low, band[i].ci_low);
    EXPECT_LT(band[i].ci_low, band[i].value);
    EXPECT_GE(band[i].band_high, band[i].ci_high);
  }
}

TEST(CurveBandTest, WithoutReplicatesThereAreNoLimits) {
  const auto band = curve_band(Numbers{0.5}, Numbers{20}, 1, {});
  EXPECT_EQ(band[0].value, 0.5);
  EXPECT_TRUE(std::isnan(band[0].ci_low));
  EXPECT_TRUE(std::isnan(band[0].band_high));
}

// A curve at 1 in every replicate still has a lower limit.
TEST(CurveBandTest, ACurveOfOnesIsNotCertain) {
  const Numbers values = {1, 1, 1};
  const auto band = curve_band(Numbers{1}, Numbers{20}, 1, {values, 1, 0});
  const auto clustered = curve_band(Numbers{1}, Numbers{20}, 0.5, {values, 1, 0});
  EXPECT_NEAR(band[0].ci_low, 20 / (20 + 3.8414588207), 1e-9);  // Wilson of 20 of 20.
  EXPECT_NEAR(clustered[0].ci_low, 10 / (10 + 3.8414588207), 1e-9);
  EXPECT_EQ(band[0].ci_high, 1);
}

}  // namespace
}  // namespace medgraft::statistics
