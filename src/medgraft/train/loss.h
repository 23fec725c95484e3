#pragma once

#include <ATen/core/Tensor.h>

namespace medgraft::train {

enum class LossKind { kSoftmax, kSigmoid };

/// What the network should say. Both float32 [N, K]; multi-class targets are one-hot, and
/// a weight of 0 masks a label (multi-class: the row's first weight stands for the case).
struct Targets {
  at::Tensor values, weights;
};

/// @param logits float32 [N, K]
/// @param smoothing pulls targets towards uniform (softmax) or 1/2 (sigmoid).
/// @return the sum over unmasked labels, not yet divided by the global batch: a scalar.
at::Tensor summed_loss(LossKind kind, const at::Tensor& logits, const Targets& targets,
                       double smoothing);

/// @return probabilities [N, K].
at::Tensor probabilities(LossKind kind, const at::Tensor& logits);

}  // namespace medgraft::train
