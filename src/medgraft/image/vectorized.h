#pragma once

#include <cstdint>

namespace medgraft::image {

/// Inner loops that are compiled for several instruction sets and chosen at run time.
/// Each value is computed by itself and nothing is contracted, so all give the same bits.
/// Buffers do not overlap.

/// to[i] += weight * from[i]
void add_scaled(float* to, const float* from, float weight, int64_t count);

/// Stored samples as shares of their range: to[i] = from[i] / 255 or 65535, rounded once.
void to_unit_range(const uint8_t* from, float* to, int64_t count);
void to_unit_range(const uint16_t* from, float* to, int64_t count);

}  // namespace medgraft::image
