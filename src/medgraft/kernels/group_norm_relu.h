#pragma once

#include <ATen/core/Tensor.h>

namespace medgraft::kernels {

/// Group norm followed by ReLU; differentiable. One pass for the mean, one for the
/// variance, one to write, in double where it sums.
/// @param x float32 or bfloat16 (widened first) [N, C, H, W] on the CPU, in any memory
/// format.
/// @param gamma, beta float32 [C]
/// @return float32 [N, C, H, W], channels_last.
/// @throws UserError if C does not divide by `groups` or a shape disagrees.
/// Source: Wu and He 2018, arXiv:1803.08494.
at::Tensor group_norm_relu(const at::Tensor& x, const at::Tensor& gamma,
                           const at::Tensor& beta, int64_t groups, double eps = 1e-5);

}  // namespace medgraft::kernels
