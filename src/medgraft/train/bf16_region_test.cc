#include "medgraft/train/bf16_region.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "medgraft/models/case_network.h"

namespace medgraft::train {
namespace {

using models::Fusion;

class Bf16FusionTest : public ::testing::TestWithParam<Fusion> {};

// Pooled features may come in bfloat16; weights and attributes are float32.
TEST_P(Bf16FusionTest, ClassifiesWithinItsPrecision) {
  models::FusionPlan plan{GetParam(), {}, {{"sex", false, 0, 1, {"F", "M"}}}};
  if (GetParam() == Fusion::kConcat) plan.views = {"L", "R"};
  const models::CaseNetwork network(models::architecture("R14x0.5"), 2, plan, 3);
  at::manual_seed(4);
  for (const auto& [name, tensor] : network.parameters()) {
    if (name == "head.weight") tensor.detach().copy_(at::randn(tensor.sizes()) * 0.1);
  }
  const auto features = at::rand({3, 1024}).to(at::kBFloat16);
  const models::CaseLayout layout{2, at::tensor({0, 0, 1}, at::kLong),
                                  at::tensor({0, 1, 1}, at::kLong), at::rand({2, 3})};
  const auto exact = network.classify(features.to(at::kFloat), layout).detach();
  at::Tensor rounded;
  {
    const Bf16Region region;
    rounded = network.classify(features, layout).to(at::kFloat);
  }
  constexpr double kBf16Digits = 1.0 / 256;  // 8 bits of significand.
  const auto error = (rounded - exact).abs().max().item<double>();
  EXPECT_LT(error, 8 * kBf16Digits * std::max(1.0, exact.abs().max().item<double>()));
  rounded.sum().backward();
  for (const auto& [name, tensor] : network.parameters()) {
    if (!name.starts_with("fusion.")) continue;
    EXPECT_TRUE(at::isfinite(tensor.grad()).all().item<bool>()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Fusions, Bf16FusionTest,
                         ::testing::Values(Fusion::kMean, Fusion::kMax,
                                           Fusion::kAttention, Fusion::kConcat),
                         [](const auto& info) { return models::to_string(info.param); });

}  // namespace
}  // namespace medgraft::train
