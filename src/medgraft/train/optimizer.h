#pragma once

#include <string>
#include <vector>

#include "medgraft/models/bit.h"
#include "medgraft/models/safetensors.h"
#include "medgraft/train/run_config.h"

namespace medgraft::train {

/// SGD with momentum, as PyTorch has it (the rate is applied after the momentum), or
/// AdamW. Source: torch/optim/sgd.py and adamw.py; Loshchilov and Hutter 2019,
/// arXiv:1711.05101.
class Optimizer {
 public:
  Optimizer(const TrainConfig& config, std::vector<models::NamedTensor> parameters);

  /// One step with the parameters' gradients, which are cleared.
  void step(double lr);

  /// The state, for a checkpoint; the tensors are shared.
  models::NamedTensors state() const;
  /// @throws UserError if `state` is another optimizer's.
  void restore(const models::NamedTensors& state);

 private:
  void sgd(size_t index, const at::Tensor& gradient, double lr);
  void adamw(size_t index, const at::Tensor& gradient, double lr);

  bool is_adamw_;
  double momentum_, weight_decay_;
  int64_t steps_ = 0;
  std::vector<models::NamedTensor> parameters_;
  std::vector<at::Tensor> first_, second_;  ///< Momentum; AdamW's second moment.
};

}  // namespace medgraft::train
