#include "medgraft/train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "medgraft/base/error.h"

namespace medgraft::train {
namespace {

// AdamW's published defaults.
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEps = 1e-8;

}  // namespace

Optimizer::Optimizer(const TrainConfig& config,
                     std::vector<models::NamedTensor> parameters)
    : is_adamw_(config.optimizer == "adamw"),
      momentum_(config.momentum),
      weight_decay_(config.weight_decay.value()),
      parameters_(std::move(parameters)) {
  for (const auto& [name, tensor] : parameters_) {
    first_.push_back(at::zeros_like(tensor));
    if (is_adamw_) second_.push_back(at::zeros_like(tensor));
  }
}

void Optimizer::step(double lr) {
  const at::NoGradGuard no_grad;
  ++steps_;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    auto& gradient = parameters_[i].tensor.mutable_grad();
    if (!gradient.defined()) continue;
    if (is_adamw_) {
      adamw(i, gradient, lr);
    } else {
      sgd(i, gradient, lr);
    }
    gradient.zero_();
  }
}

void Optimizer::sgd(size_t index, const at::Tensor& gradient, double lr) {
  auto& parameter = parameters_[index].tensor;
  if (weight_decay_ != 0) gradient.add_(parameter, weight_decay_);
  first_[index].mul_(momentum_).add_(gradient);
  parameter.add_(first_[index], -lr);
}

void Optimizer::adamw(size_t index, const at::Tensor& gradient, double lr) {
  auto& parameter = parameters_[index].tensor;
  parameter.mul_(1 - lr * weight_decay_);
  first_[index].lerp_(gradient, 1 - kBeta1);
  second_[index].mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
  const double correction1 = 1 - std::pow(kBeta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(kBeta2, static_cast<double>(steps_));
  const auto denominator = (second_[index].sqrt() / std::sqrt(correction2)).add_(kEps);
  parameter.addcdiv_(first_[index], denominator, -lr / correction1);
}

models::NamedTensors Optimizer::state() const {
  models::NamedTensors state;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    state["first." + parameters_[i].name] = first_[i];
    if (is_adamw_) state["second." + parameters_[i].name] = second_[i];
  }
  state["steps"] = at::full({1}, steps_, at::kLong);
  return state;
}

void Optimizer::restore(const models::NamedTensors& state) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : this->state()) {
    const auto found = state.find(name);
    require(found != state.end() && found->second.sizes() == tensor.sizes(),
            "the checkpoint's optimizer state has no fitting ", name);
    if (name == "steps") {
      steps_ = found->second[0].item<int64_t>();
    } else {
      tensor.copy_(found->second);
    }
  }
}

}  // namespace medgraft::train
