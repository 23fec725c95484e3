#include <algorithm>
#include <cmath>
#include <vector>

#include "medgraft/kernels/group_norm_relu_kernel.h"

namespace medgraft::kernels {
namespace {

// Spreads the mean over each group's channels of `sums` / `count` over all of them.
void average_groups(std::vector<double>& sums, int64_t groups, double count) {
  const auto per_group = static_cast<int64_t>(sums.size()) / groups;
  for (int64_t g = 0; g < groups; ++g) {
    double total = 0;
    for (int64_t c = g * per_group; c < (g + 1) * per_group; ++c) {
      total += sums[static_cast<size_t>(c)];
    }
    for (int64_t c = g * per_group; c < (g + 1) * per_group; ++c) {
      sums[static_cast<size_t>(c)] = total / count;
    }
  }
}

}  // namespace

void group_norm_relu_cpu(const GroupNormShape& shape, const GroupNormBuffers& at,
                         float eps, int64_t first, int64_t last) noexcept {
  const int64_t channels = shape.channels;
  const int64_t per_group = channels / shape.groups;
  const auto count = static_cast<double>(per_group * shape.pixels);
  std::vector<double> mean(static_cast<size_t>(channels)), variance(mean.size());
  std::vector<float> center(mean.size()), rest(mean.size()), scale(mean.size());

  for (int64_t n = first; n < last; ++n) {
    const float* x = at.x + n * shape.pixels * channels;
    float* y = at.y + n * shape.pixels * channels;
    std::fill(mean.begin(), mean.end(), 0);
    std::fill(variance.begin(), variance.end(), 0);
    for (int64_t p = 0; p < shape.pixels; ++p) {
      const float* row = x + p * channels;
      for (int64_t c = 0; c < channels; ++c) mean[static_cast<size_t>(c)] += row[c];
    }
    average_groups(mean, shape.groups, count);
    for (int64_t p = 0; p < shape.pixels; ++p) {
      const float* row = x + p * channels;
      for (int64_t c = 0; c < channels; ++c) {
        const double centered = row[c] - mean[static_cast<size_t>(c)];
        variance[static_cast<size_t>(c)] += centered * centered;
      }
    }
    average_groups(variance, shape.groups, count);

    for (int64_t g = 0; g < shape.groups; ++g) {
      const auto c = static_cast<size_t>(g * per_group);
      at.mean[n * shape.groups + g] = static_cast<float>(mean[c]);
      at.rstd[n * shape.groups + g] =
          static_cast<float>(1 / std::sqrt(variance[c] + eps));
    }
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t group = n * shape.groups + c / per_group;
      // The mean as two floats: in a small group its rounding would show, times rstd.
      center[static_cast<size_t>(c)] = at.mean[group];
      rest[static_cast<size_t>(c)] =
          static_cast<float>(mean[static_cast<size_t>(c)] - at.mean[group]);
      scale[static_cast<size_t>(c)] = at.gamma[c] * at.rstd[group];
    }
    for (int64_t p = 0; p < shape.pixels; ++p) {
      const float* row = x + p * channels;
      float* out = y + p * channels;
      for (int64_t c = 0; c < channels; ++c) {
        const auto i = static_cast<size_t>(c);
        const float value = (row[c] - center[i] - rest[i]) * scale[i] + at.beta[c];
        out[c] = value < 0 ? 0 : value;  // This way round NaN stays NaN.
      }
    }
  }
}

}  // namespace medgraft::kernels
