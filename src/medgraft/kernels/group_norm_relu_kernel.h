#pragma once

#include <cstdint>

namespace medgraft::kernels {

/// Geometry of one call: x is contiguous [N, pixels, C] float32 (channels last), and
/// `channels` divides by `groups`; the caller has checked.
struct GroupNormShape {
  int64_t batch, channels, pixels, groups;
};

/// gamma and beta [C]; writes y like x and, for the backward pass, mean and rstd [N, G].
struct GroupNormBuffers {
  const float* x;
  const float* gamma;
  const float* beta;
  float* y;
  float* mean;
  float* rstd;
};

/// Normalizes samples [first, last). Sums in double, in two passes, and centers before it
/// scales: E[x^2] - E[x]^2, or a mean folded into the bias, loses the digits that parity
/// with the reference needs.
void group_norm_relu_cpu(const GroupNormShape& shape, const GroupNormBuffers& at,
                         float eps, int64_t first, int64_t last) noexcept;

}  // namespace medgraft::kernels
