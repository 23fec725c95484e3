#include "medgraft/kernels/standardize_weight.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft::kernels {
namespace {

TEST(StandardizeWeightTest, MatchesItsDefinitionInDouble) {
  at::manual_seed(1);
  const auto weight = 3 + at::randn({5, 3, 3, 3});
  const auto exact = weight.to(at::kDouble);
  const auto centered = exact - exact.mean({1, 2, 3}, true);
  const auto want = centered / (centered.square().mean({1, 2, 3}, true) + 1e-10).sqrt();
  const auto error = (standardize_weight(weight) - want).abs().max().item<double>();
  EXPECT_LT(error, 2e-6);
}

// All weights equal: the variance is 0, and only eps inside the root keeps 0 / 0 away.
TEST(StandardizeWeightTest, ConstantFiltersBecomeZero) {
  EXPECT_EQ(standardize_weight(at::ones({2, 4, 1, 1})).abs().max().item<float>(), 0);
}

// A filter +-1e-5: its variance is eps, so each value is 1 / sqrt(2), not 1.
TEST(StandardizeWeightTest, EpsIsInsideTheRoot) {
  const auto weight = at::tensor({1e-5, -1e-5}, at::kDouble).view({1, 2, 1, 1});
  EXPECT_NEAR(standardize_weight(weight).flatten()[0].item<double>(), 0.7071067811865475,
              1e-12);
}

TEST(StandardizeWeightTest, RefusesOtherRanks) {
  EXPECT_THROW(standardize_weight(at::ones({2, 4})), UserError);
}

}  // namespace
}  // namespace medgraft::kernels
