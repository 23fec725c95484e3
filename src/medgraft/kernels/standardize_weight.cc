#include "medgraft/kernels/standardize_weight.h"

#include <ATen/ATen.h>

#include "medgraft/base/error.h"

namespace medgraft::kernels {

at::Tensor standardize_weight(const at::Tensor& weight, double eps) {
  require(weight.dim() == 4, "standardize_weight expects [O, I, kH, kW], got ",
          weight.sizes());
  const auto [variance, mean] = at::var_mean(weight, at::IntArrayRef{1, 2, 3},
                                             /*correction=*/at::Scalar(0),
                                             /*keepdim=*/true);
  return (weight - mean) / (variance + eps).sqrt();
}

}  // namespace medgraft::kernels
