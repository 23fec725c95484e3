#include "medgraft/train/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/error.h"

namespace medgraft::train {
namespace {

constexpr int kSteps = 5;

TrainConfig config_of(const std::string& optimizer) {
  TrainConfig config;
  config.optimizer = optimizer;
  config.weight_decay = 0.1;
  return config;
}

// One parameter that starts at 2; step t has gradient sin(t) and rate 0.1 / t.
double parameter_after(Optimizer& optimizer, const at::Tensor& parameter) {
  for (int t = 1; t <= kSteps; ++t) {
    parameter.mutable_grad() = at::full({1}, std::sin(t), at::kDouble);
    optimizer.step(0.1 / t);
  }
  return parameter.item<double>();
}

// The values are what torch.optim of PyTorch 2.13.0 gives in double precision:
// SGD([w], momentum=0.9, weight_decay=0.1), AdamW([w], weight_decay=0.1).
TEST(OptimizerTest, SgdIsPyTorchs) {
  const auto parameter = at::full({1}, 2.0, at::kDouble);
  Optimizer optimizer(config_of("sgd"), {{"w", parameter}});
  EXPECT_NEAR(parameter_after(optimizer, parameter), 1.6798852049569448, 1e-14);
}

TEST(OptimizerTest, AdamwIsPyTorchs) {
  const auto parameter = at::full({1}, 2.0, at::kDouble);
  Optimizer optimizer(config_of("adamw"), {{"w", parameter}});
  EXPECT_NEAR(parameter_after(optimizer, parameter), 1.7731721029363177, 1e-14);
}

TEST(OptimizerTest, RestoredStateGoesOnAsBefore) {
  for (const char* name : {"sgd", "adamw"}) {
    const auto a = at::full({1}, 2.0, at::kDouble);
    Optimizer first(config_of(name), {{"w", a}});
    parameter_after(first, a);
    const auto b = a.clone();
    Optimizer second(config_of(name), {{"w", b}});
    second.restore(first.state());
    EXPECT_EQ(parameter_after(first, a), parameter_after(second, b)) << name;
  }
}

TEST(OptimizerTest, RefusesTheStateOfAnother) {
  const auto parameter = at::full({1}, 2.0, at::kDouble);
  const Optimizer sgd(config_of("sgd"), {{"w", parameter}});
  Optimizer adamw(config_of("adamw"), {{"w", parameter}});
  EXPECT_THROW(adamw.restore(sgd.state()), UserError);
}

}  // namespace
}  // namespace medgraft::train
