#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace medgraft::models {

/// One network of the Big Transfer family: how many units each of its four blocks has,
/// and how wide they are. Source: Kolesnikov et al. 2020, arXiv:1912.11370;
/// google-research/big_transfer, bit_pytorch/models.py. R26 and R14 are ours, for small
/// machines: the same units, fewer.
struct Architecture {
  std::string_view name;
  std::array<int64_t, 4> units;
  double width;  ///< Channel multiplier.
  std::string_view summary;

  /// Channels of the stem's output: 64 x width.
  int64_t stem_channels() const { return static_cast<int64_t>(64 * width); }
  /// Bottleneck channels of block b (from 0): 64 x width x 2^b.
  int64_t middle_channels(int64_t block) const { return stem_channels() << block; }
  /// Channels of the pooled features: 2048 x width.
  int64_t feature_channels() const { return 4 * middle_channels(3); }
};

std::span<const Architecture> architectures();

/// @throws UserError with the nearest name where there is no such network.
const Architecture& architecture(std::string_view name);

}  // namespace medgraft::models
