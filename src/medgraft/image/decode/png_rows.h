#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace medgraft::image {

/// How a PNG that is not interlaced stores its pixels.
struct PngLayout {
  int64_t height = 0, width = 0;
  int64_t pixel_bytes = 0;  ///< 1, 2, 3, 4, 6 or 8: samples of 1 or 2 bytes each.
  bool is_wide = false;     ///< Whether a sample has 2 bytes.

  int64_t row_bytes() const { return width * pixel_bytes; }
};

/// The rows of a sound PNG, whose image data is decompressed in one call: about twice as
/// fast as row by row, in memory for all of it. Whatever is unusual it leaves to libspng,
/// which alone says what is wrong with a file.
class PngRows {
 public:
  /// @param file a PNG whose chunks before the image data have been checked.
  /// @return nothing if the image data is damaged in any way, or larger than 128 MiB.
  static std::optional<PngRows> open(std::span<const std::byte> file,
                                     const PngLayout& layout);

  /// @return the next row of `layout.height`, samples in this machine's byte order,
  /// aligned for them; valid until the call after the next.
  const std::byte* next();

 private:
  PngRows(const PngLayout& layout, std::unique_ptr<std::byte[]> filtered);

  PngLayout layout_;
  std::unique_ptr<std::byte[]> filtered_;  // Rows of a filter's number, then its bytes.
  std::byte* at_;
  std::vector<std::byte> row_, above_;
};

}  // namespace medgraft::image
