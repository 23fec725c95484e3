#include "medgraft/kernels/group_norm_relu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "medgraft/base/error.h"

namespace medgraft::kernels {
namespace {

// The definition, in double.
at::Tensor reference(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                     int64_t groups) {
  const auto grouped = x.to(at::kDouble).reshape({x.size(0), groups, -1});
  const auto centered = grouped - grouped.mean({2}, true);
  const auto normal = centered / (centered.square().mean({2}, true) + 1e-5).sqrt();
  const auto scaled =
      normal.reshape(x.sizes()) * gamma.view({1, -1, 1, 1}) + beta.view({1, -1, 1, 1});
  return scaled.clamp_min(0);
}

TEST(GroupNormReluTest, MatchesItsDefinitionInDouble) {
  at::manual_seed(7);
  for (const auto& [channels, groups, side] : {std::array<int64_t, 3>{32, 32, 1},
                                               {64, 32, 1},
                                               {64, 32, 7},
                                               {6, 2, 5},
                                               {512, 32, 4}}) {
    SCOPED_TRACE(text("C=", channels, " G=", groups, " H=W=", side));
    const auto x = (3 + at::randn({2, channels, side, side}))
                       .contiguous(at::MemoryFormat::ChannelsLast);
    const auto gamma = at::randn({channels});
    const auto beta = at::randn({channels});
    const auto y = group_norm_relu(x, gamma, beta, groups);
    const auto error = (y - reference(x, gamma, beta, groups)).abs().max().item<double>();
    EXPECT_LT(error, 4e-6);
  }
}

TEST(GroupNormReluTest, WidensBfloat16) {
  at::manual_seed(9);
  const auto x = at::randn({2, 32, 5, 5}).to(at::kBFloat16).requires_grad_();
  const auto gamma = at::randn({32}), beta = at::randn({32});
  const auto y = group_norm_relu(x, gamma, beta, 32);
  EXPECT_EQ(y.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(y, group_norm_relu(x.to(at::kFloat), gamma, beta, 32)));
  y.sum().backward();
  EXPECT_EQ(x.grad().scalar_type(), at::kBFloat16);
}

TEST(GroupNormReluTest, GradientsMatchThoseOfTheDefinition) {
  at::manual_seed(8);
  const auto x = at::randn({2, 6, 3, 3}).requires_grad_();
  const auto gamma = at::randn({6}).requires_grad_();
  const auto beta = at::randn({6}).requires_grad_();
  const auto upstream = at::randn({2, 6, 3, 3});
  (group_norm_relu(x, gamma, beta, 2) * upstream).sum().backward();
  std::vector<at::Tensor> got;
  for (const auto& leaf : {x, gamma, beta}) {
    got.push_back(leaf.grad().clone());
    leaf.mutable_grad() = at::Tensor();
  }
  (reference(x, gamma, beta, 2) * upstream).sum().backward();
  size_t i = 0;
  for (const auto& leaf : {x, gamma, beta}) {
    EXPECT_LT((leaf.grad() - got[i++]).abs().max().item<double>(), 1e-5);
  }
}

TEST(GroupNormReluTest, KeepsChannelsLast) {
  const auto x = at::randn({2, 64, 5, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto y = group_norm_relu(x, at::ones(64), at::zeros(64), 32);
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(GroupNormReluTest, NotANumberStaysVisible) {
  auto x = at::randn({1, 32, 2, 2});
  x[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(
      group_norm_relu(x, at::ones(32), at::zeros(32), 32).isnan().any().item<bool>());
}

TEST(GroupNormReluTest, RefusesChannelsThatDoNotDivide) {
  EXPECT_THROW(group_norm_relu(at::ones({1, 33, 2, 2}), at::ones(33), at::ones(33), 32),
               UserError);
}

}  // namespace
}  // namespace medgraft::kernels
