#include "medgraft/train/loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace medgraft::train {
namespace {

at::Tensor matrix(std::initializer_list<float> values, int64_t columns) {
  return at::tensor(at::ArrayRef<float>(values)).reshape({-1, columns});
}

double value_of(LossKind kind, const at::Tensor& logits, const Targets& targets,
                double smoothing = 0) {
  return summed_loss(kind, logits, targets, smoothing).item<double>();
}

TEST(LossTest, SigmoidSumsOverUnmaskedLabels) {
  const auto logits = matrix({1, -2, 0.5, 3}, 2);
  const auto values = matrix({1, 0, 0, 1}, 2);
  const auto weights = matrix({1, 1, 1, 0}, 2);
  const double expected =
      std::log1p(std::exp(-1.0)) + std::log1p(std::exp(-2.0)) + std::log1p(std::exp(0.5));
  EXPECT_NEAR(value_of(LossKind::kSigmoid, logits, {values, weights}), expected, 1e-6);
}

TEST(LossTest, SoftmaxIsTheNegativeLogLikelihood) {
  const auto logits = matrix({1, 2, 0, 0, 0, 0}, 3);
  const auto values = matrix({0, 1, 0, 1, 0, 0}, 3);
  const double first = std::log(std::exp(1.0) + std::exp(2.0) + 1) - 2;
  EXPECT_NEAR(value_of(LossKind::kSoftmax, logits, {values, at::ones({2, 3})}),
              first + std::log(3.0), 1e-6);
  auto masked = at::ones({2, 3});
  masked[1].zero_();
  EXPECT_NEAR(value_of(LossKind::kSoftmax, logits, {values, masked}), first, 1e-6);
}

TEST(LossTest, SmoothingPullsTowardsTheUniform) {
  const auto logits = matrix({2, 0}, 2);
  const auto values = matrix({1, 0}, 2);
  const double wrong = std::log1p(std::exp(2.0)), right = wrong - 2;
  EXPECT_NEAR(value_of(LossKind::kSoftmax, logits, {values, at::ones({1, 2})}, 0.1),
              0.95 * right + 0.05 * wrong, 1e-6);
  EXPECT_NEAR(value_of(LossKind::kSigmoid, matrix({2}, 1),
                       {matrix({1}, 1), at::ones({1, 1})}, 0.1),
              0.95 * right + 0.05 * wrong, 1e-6);
}

TEST(LossTest, ProbabilitiesAreNormalizedOnlyBySoftmax) {
  const auto logits = matrix({0, std::log(3.0F)}, 2);
  EXPECT_TRUE(
      probabilities(LossKind::kSoftmax, logits).allclose(matrix({0.25, 0.75}, 2)));
  EXPECT_TRUE(probabilities(LossKind::kSigmoid, logits).allclose(matrix({0.5, 0.75}, 2)));
}

}  // namespace
}  // namespace medgraft::train
