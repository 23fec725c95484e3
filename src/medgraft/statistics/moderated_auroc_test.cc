#include "medgraft/statistics/moderated_auroc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "medgraft/base/rng.h"

namespace medgraft::statistics {
namespace {

struct Cases {
  std::vector<double> scores, labels;
  std::vector<int64_t> patients;
};

Cases distinct(size_t positives, size_t negatives, double separation) {
  Rng rng(5);
  Cases out;
  for (size_t i = 0; i < positives + negatives; ++i) {
    const bool positive = i < positives;
    out.labels.push_back(positive ? 1 : 0);
    out.scores.push_back(rng.normal() + (positive ? separation : 0));
    out.patients.push_back(static_cast<int64_t>(i));
  }
  return out;
}

Interval interval_of(const Cases& cases) {
  return moderated_auroc_interval(auroc_components(cases.scores, cases.labels),
                                  cases.labels, cases.patients);
}

TEST(ModeratedAurocTest, PlacementVarianceMatchesItsIntegral) {
  // scipy.integrate.quad of norm.cdf(x)**2 * norm.pdf(x - d), less auroc^2, with
  // d = sqrt(2) * norm.ppf(auroc).
  EXPECT_NEAR(binormal_placement_variance(0.5), 1.0 / 12, 1e-12);
  EXPECT_NEAR(binormal_placement_variance(0.7), 0.0667673207, 1e-9);
  EXPECT_NEAR(binormal_placement_variance(0.97), 0.0050614703, 1e-9);
}

TEST(ModeratedAurocTest, ApproachesDeLongWithManyPatients) {
  const auto cases = distinct(4000, 6000, 1.5);
  const auto parts = auroc_components(cases.scores, cases.labels);
  const auto plain =
      auroc_interval(parts, auroc_covariance(parts, parts, cases.labels, cases.patients));
  const auto moderated = interval_of(cases);
  EXPECT_NEAR(moderated.low, plain.low, 0.002 * (plain.high - plain.low));
  EXPECT_NEAR(moderated.high, plain.high, 0.002 * (plain.high - plain.low));
}

TEST(ModeratedAurocTest, FewPositivesThatAllScoreHighAreNotCertain) {
  // Five positives above all but one negative: DeLong's variance is next to nothing.
  Cases cases = distinct(5, 60, 0);
  for (size_t i = 0; i < cases.scores.size(); ++i) {
    cases.scores[i] = static_cast<double>(i < 5 ? 100 + i : i);
  }
  cases.scores[10] = 200;
  const auto parts = auroc_components(cases.scores, cases.labels);
  const auto plain =
      auroc_interval(parts, auroc_covariance(parts, parts, cases.labels, cases.patients));
  const auto moderated = interval_of(cases);
  EXPECT_LT(moderated.low, plain.low - 0.01);
  // By SciPy: 0 and the negatives' variance, each averaged with the model's integral.
  EXPECT_NEAR(moderated.low, 0.786016739, 1e-8);
}

TEST(ModeratedAurocTest, OnePositivePatientStillHasAnInterval) {
  const auto out = interval_of(distinct(1, 40, 1));
  EXPECT_LT(out.high - out.low, 1);
  EXPECT_GT(out.high - out.low, 0.3);
}

TEST(ModeratedAurocTest, CopiesOfEachCaseAddNothing) {
  const auto cases = distinct(30, 50, 1);
  Cases copied = cases;
  for (int copy = 0; copy < 2; ++copy) {
    copied.scores.insert(copied.scores.end(), cases.scores.begin(), cases.scores.end());
    copied.labels.insert(copied.labels.end(), cases.labels.begin(), cases.labels.end());
    copied.patients.insert(copied.patients.end(), cases.patients.begin(),
                           cases.patients.end());
  }
  const auto once = interval_of(cases), thrice = interval_of(copied);
  EXPECT_NEAR(once.low, thrice.low, 1e-12);
  EXPECT_NEAR(once.high, thrice.high, 1e-12);
}

TEST(ModeratedAurocTest, SeparatedClassesAreBoundedByPatients) {
  Cases cases = distinct(4, 30, 50);
  EXPECT_DOUBLE_EQ(interval_of(cases).low, std::pow(0.05, 0.25));
  cases.patients[1] = cases.patients[0];  // Three positive patients.
  EXPECT_DOUBLE_EQ(interval_of(cases).low, std::pow(0.05, 1.0 / 3));
  EXPECT_EQ(interval_of(cases).high, 1);
}

}  // namespace
}  // namespace medgraft::statistics
