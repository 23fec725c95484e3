#include "medgraft/kernels/group_norm_relu.h"

#include <ATen/ATen.h>

#include "medgraft/base/error.h"

namespace medgraft::kernels {

at::Tensor group_norm_relu(const at::Tensor& x, const at::Tensor& gamma,
                           const at::Tensor& beta, int64_t groups, double eps) {
  require(x.dim() == 4, "group_norm_relu expects [N, C, H, W], got ", x.sizes());
  require(groups > 0 && x.size(1) % groups == 0, "group_norm_relu: ", x.size(1),
          " channels do not divide into ", groups, " groups");
  // In place: the norm's backward needs its input, not its output.
  return at::group_norm(x, groups, gamma, beta, eps).relu_();
}

}  // namespace medgraft::kernels
