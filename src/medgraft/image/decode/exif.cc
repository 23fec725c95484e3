#include "medgraft/image/decode/exif.h"

#include <cstring>
#include <string_view>
#include <utility>

namespace medgraft::image {
namespace {

constexpr std::string_view kMarker("Exif\0\0", 6);
constexpr uint32_t kOrientationTag = 0x0112;
constexpr size_t kEntrySize = 12;

// TIFF's numbers, in the byte order that the segment names.
class TiffReader {
 public:
  explicit TiffReader(std::span<const std::byte> bytes)
      : bytes_(bytes), big_endian_(bytes.size() > 1 && bytes[0] == std::byte{'M'}) {}

  bool has(size_t at, size_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }
  uint32_t number(size_t at, size_t size) const {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const auto byte = std::to_integer<uint32_t>(bytes_[at + i]);
      value |= byte << (8 * (big_endian_ ? size - 1 - i : i));
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> segment) {
  if (segment.size() < kMarker.size() + 8 ||
      std::memcmp(segment.data(), kMarker.data(), kMarker.size()) != 0) {
    return 1;
  }
  const TiffReader tiff(segment.subspan(kMarker.size()));
  const size_t directory = tiff.number(4, 4);
  if (!tiff.has(directory, 2)) return 1;
  const size_t entries = tiff.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntrySize;
    if (!tiff.has(entry, kEntrySize)) return 1;
    if (tiff.number(entry, 2) != kOrientationTag) continue;
    const auto value = static_cast<int>(tiff.number(entry + 8, 2));
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

Image oriented(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool exchange = orientation >= 5;
  Image out{image.height, image.width, image.channels, {}};
  if (exchange) std::swap(out.height, out.width);
  out.pixels.resize(image.pixels.size());
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x) {
      int64_t row = exchange ? x : y;
      int64_t column = exchange ? y : x;
      if (from_right) column = image.width - 1 - column;
      if (from_below) row = image.height - 1 - row;
      for (int64_t c = 0; c < image.channels; ++c)
        out.at(y, x, c) = image.at(row, column, c);
    }
  }
  return out;
}

}  // namespace medgraft::image
