#include "medgraft/statistics/curve_sample.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/partial_auroc.h"

namespace medgraft::statistics {
namespace {

using Numbers = std::vector<double>;

struct Sample {
  Numbers scores, labels;
  std::vector<int64_t> patients;
  std::vector<float> counts;
};

Sample clustered_sample(double step) {
  Rng rng(3);
  Sample out;
  for (int64_t patient = 0; patient < 60; ++patient) {
    for (int i = 0; i < 3; ++i) {
      const double label = rng.uniform() < 0.3;
      const double score = 1 / (1 + std::exp(-rng.normal() - label));
      out.scores.push_back(step > 0 ? step * std::floor(score / step) : score);
      out.labels.push_back(label);
      out.patients.push_back(patient);
    }
    out.counts.push_back(static_cast<float>(rng.below(4)));
  }
  return out;
}

// The highest TPR at an FPR, by its definition on the points of the curve.
double tpr_at(const RocCurve& curve, double fpr) {
  constexpr double kRounding = 1e-12;
  size_t i = 0;
  while (i + 1 < curve.fpr.size() && curve.fpr[i + 1] <= fpr + kRounding) ++i;
  if (i + 1 == curve.fpr.size()) return curve.tpr[i];
  const double part = (fpr - curve.fpr[i]) / (curve.fpr[i + 1] - curve.fpr[i]);
  return curve.tpr[i] + part * (curve.tpr[i + 1] - curve.tpr[i]);
}

// The FPR where a TPR is first reached.
double fpr_at(const RocCurve& curve, double tpr) {
  constexpr double kRounding = 1e-12;
  size_t i = 0;
  while (curve.tpr[i] < tpr - kRounding) ++i;
  const double part = (tpr - curve.tpr[i - 1]) / (curve.tpr[i] - curve.tpr[i - 1]);
  return curve.fpr[i - 1] + part * (curve.fpr[i] - curve.fpr[i - 1]);
}

class CurveSampleTest : public ::testing::TestWithParam<double> {};

TEST_P(CurveSampleTest, OnePassReadsWhatTheCurveHas) {
  const auto sample = clustered_sample(GetParam());
  Numbers weights;
  double positives = 0, negatives = 0;
  for (size_t i = 0; i < sample.scores.size(); ++i) {
    weights.push_back(sample.counts[static_cast<size_t>(sample.patients[i])]);
    (sample.labels[i] > 0.5 ? positives : negatives) += weights.back();
  }
  const auto curve = roc_curve(sample.scores, sample.labels, weights);
  const CurveSample fast(sample.scores, sample.labels, sample.patients, 60);
  Numbers got(CurveFigures::kSize);
  fast.trace(sample.counts, got);
  for (size_t i = 0; i < kRocPoints; ++i) {
    EXPECT_NEAR(got[CurveFigures::kTpr + i], tpr_at(curve, static_cast<double>(i) / 100),
                1e-9)
        << "FPR " << i;
  }
  for (size_t i = 1; i <= kPrPoints; ++i) {
    const double recall = static_cast<double>(i) / 100;
    const double right = recall * positives, wrong = fpr_at(curve, recall) * negatives;
    EXPECT_NEAR(got[CurveFigures::kPrecision + i - 1], right / (right + wrong), 1e-9)
        << "recall " << recall;
  }
  EXPECT_NEAR(got[CurveFigures::kAreaOfFpr], partial_area_of_fpr(curve, kMaxFpr), 1e-12);
  EXPECT_NEAR(got[CurveFigures::kAreaOfTpr], partial_area_of_tpr(curve, kMinTpr), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(ScoresAreRoundedTo, CurveSampleTest,
                         ::testing::Values(0.0, 0.01, 0.1, 1.0));

TEST(CurveSample, PatientsAreCounted) {
  const CurveSample sample(Numbers{0.1, 0.2, 0.3, 0.4}, Numbers{0, 1, 1, 0},
                           std::vector<int64_t>{0, 1, 1, 2}, 4);
  EXPECT_EQ(sample.num_positives(), 2);
  EXPECT_EQ(sample.num_cases(), 4);
  EXPECT_EQ(sample.patients_per_positive(), 0.5);
  EXPECT_EQ(sample.patients_per_case(), 0.75);
}

TEST(CurveSample, OneClassIsUndefined) {
  const CurveSample sample(Numbers{0.1, 0.9}, Numbers{0, 1}, std::vector<int64_t>{0, 1},
                           2);
  Numbers figures(CurveFigures::kSize);
  sample.trace(std::vector<float>{2, 0}, figures);
  for (const double figure : figures) EXPECT_TRUE(std::isnan(figure));
  sample.trace(std::vector<float>{1, 1}, figures);
  for (size_t i = 0; i < CurveFigures::kAreaOfFpr; ++i) EXPECT_EQ(figures[i], 1);
}

}  // namespace
}  // namespace medgraft::statistics
