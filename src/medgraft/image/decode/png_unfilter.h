#pragma once

#include <cstddef>
#include <cstdint>

namespace medgraft::image {

/// Bytes after each buffer of a PngRow that may be read, or written to, so that pixels
/// can be moved several bytes at a time.
inline constexpr size_t kUnfilterSlack = 8;

inline constexpr uint8_t kMaximumPngFilter = 4;

/// One row to unfilter. Buffers of `size` bytes and the slack, which do not overlap.
struct PngRow {
  const uint8_t* in;     ///< What the file holds.
  const uint8_t* above;  ///< The row before, unfiltered; zeros before the first.
  uint8_t* out;
  size_t size;  ///< A multiple of the pixel's bytes.
};

/// Undoes a PNG filter.
/// @param filter at most kMaximumPngFilter. @param pixel_bytes 1, 2, 3, 4, 6 or 8.
/// Source: PNG specification (W3C, 2nd edition), 9.2.
void unfilter_png_row(uint8_t filter, int64_t pixel_bytes, const PngRow& row);

}  // namespace medgraft::image
