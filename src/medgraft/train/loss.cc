#include "medgraft/train/loss.h"

#include <ATen/ATen.h>

namespace medgraft::train {

at::Tensor summed_loss(LossKind kind, const at::Tensor& logits, const Targets& targets,
                       double smoothing) {
  if (kind == LossKind::kSoftmax) {
    const auto uniform = smoothing / static_cast<double>(logits.size(1));
    const auto wanted = targets.values * (1 - smoothing) + uniform;
    const auto each = -(wanted * at::log_softmax(logits, 1)).sum(1);
    return (each * targets.weights.select(1, 0)).sum();
  }
  const auto wanted = targets.values * (1 - smoothing) + smoothing / 2;
  return at::binary_cross_entropy_with_logits(logits, wanted, targets.weights,
                                              /*pos_weight=*/{}, at::Reduction::Sum);
}

at::Tensor probabilities(LossKind kind, const at::Tensor& logits) {
  return kind == LossKind::kSoftmax ? at::softmax(logits, 1) : at::sigmoid(logits);
}

}  // namespace medgraft::train
