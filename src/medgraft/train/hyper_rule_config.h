#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace medgraft::train {

/// BiT-HyperRule: what a transfer needs, from the number of training images alone.
/// Source: Kolesnikov et al. 2020, section 3.4; google-research/big_transfer,
/// bit_hyperrule.py.

/// The end of warm-up, three falls of the learning rate, and the last step.
using Supports = std::array<int64_t, 5>;

inline Supports hyper_rule_supports(int64_t num_images) {
  if (num_images < 20'000) return {100, 200, 300, 400, 500};
  if (num_images < 500'000) return {500, 3000, 6000, 9000, 10'000};
  return {500, 6000, 12'000, 18'000, 20'000};
}

inline int64_t hyper_rule_steps(int64_t num_images) {
  return hyper_rule_supports(num_images).back();
}

inline double hyper_rule_mixup(int64_t num_images) {
  return num_images < 20'000 ? 0 : 0.1;
}

/// @return pixels a side to train at, and to resize to before the random crop.
inline std::array<int64_t, 2> hyper_rule_resolution(int64_t height, int64_t width) {
  if (height * width < 96 * 96) return {128, 160};
  return {384, 448};
}

/// The rule's shape stretched to `steps`: each support keeps its share of the whole.
inline Supports scaled_supports(int64_t num_images, int64_t steps) {
  auto supports = hyper_rule_supports(num_images);
  const double scale = static_cast<double>(steps) / static_cast<double>(supports.back());
  for (auto& support : supports) {
    support = std::llround(static_cast<double>(support) * scale);
  }
  return supports;
}

/// Pre-training's shape: the share of the steps at which the rate falls, from the falls
/// after epochs 30, 60 and 80 of 90. Source: Kolesnikov et al. 2020, section 3.3.
inline std::vector<int64_t> pretraining_milestones(int64_t steps) {
  std::vector<int64_t> milestones;
  for (const double epoch : {30.0, 60.0, 80.0}) {
    milestones.push_back(std::llround(epoch / 90 * static_cast<double>(steps)));
  }
  return milestones;
}

inline constexpr double kPretrainingEpochs = 90;
inline constexpr int64_t kPretrainingWarmup = 5000;

}  // namespace medgraft::train
