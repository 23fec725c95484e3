#pragma once

#include <ATen/core/Tensor.h>

namespace medgraft::kernels {

/// Inside the square root: the value with which the published weights were trained.
/// Source: google-research/big_transfer, bit_pytorch/models.py.
inline constexpr double kStandardizeEps = 1e-10;

/// Standardizes each filter to zero mean and unit (biased) variance; differentiable.
/// @param weight float32 [O, I, kH, kW]; statistics are over I, kH and kW.
/// @return float32 [O, I, kH, kW]
/// Source: Qiao et al. 2019, arXiv:1903.10520.
at::Tensor standardize_weight(const at::Tensor& weight, double eps = kStandardizeEps);

}  // namespace medgraft::kernels
