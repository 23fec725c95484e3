#include "medgraft/image/decode/png_unfilter.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace medgraft::image {
namespace {

enum Filter : uint8_t { kNone, kSub, kUp, kAverage, kPaeth };

// The one of left, up and corner that is closest to left + up - corner, the first on a
// tie. Without a branch, as none can be guessed: a shift leaves all bits set or none.
int paeth(int left, int up, int corner) {
  const int to_left = std::abs(up - corner), to_up = std::abs(left - corner);
  const int closer = std::abs(left + up - 2 * corner) - to_up;
  const int is_corner = closer >> 31;
  const int other = up ^ ((up ^ corner) & is_corner);
  const int is_other = (to_up + (closer & is_corner) - to_left) >> 31;
  return left ^ ((left ^ other) & is_other);
}

// For the filters that need the pixel to the left, whose bytes stay in registers.
// @param predict byte from those to the left, above and above left.
template <size_t kPixel, class Predict>
void unfilter(const PngRow& row, Predict predict) {
  const auto [in, above, out, size] = row;
  std::array<uint8_t, kPixel> left{}, corner{};
  for (size_t x = 0; x < size; x += kPixel) {
    for (size_t i = 0; i < kPixel; ++i) {
      const uint8_t up = above[x + i];
      left[i] = static_cast<uint8_t>(in[x + i] + predict(left[i], up, corner[i]));
      corner[i] = up;
      out[x + i] = left[i];
    }
  }
}

// A pixel's bytes side by side, in room for any sum of three.
using Lanes [[gnu::vector_size(16)]] = int16_t;
using Bytes [[gnu::vector_size(8)]] = uint8_t;

// @param kPixel 3 to 8; kUnfilterSlack bytes after each buffer may be read, or written
// to.
template <size_t kPixel>
void unfilter_paeth(const PngRow& row) {
  const auto [in, above, out, size] = row;
  constexpr size_t kMoved = kPixel <= 4 ? 4 : 8;  // One move each.
  const auto load = [](const uint8_t* from) {
    Bytes bytes{};
    std::memcpy(&bytes, from, kMoved);
    return __builtin_convertvector(bytes, Lanes);
  };
  Lanes left{}, corner{};
  for (size_t x = 0; x < size; x += kPixel) {
    const auto up = load(above + x);
    const Lanes low = left < up ? left : up, high = left < up ? up : left;
    // The same choice as paeth(): the pixel beyond the corner, seen from the sum.
    const Lanes beyond = 3 * corner - up - left;
    const Lanes step =
        ((low - corner) & (high <= beyond)) | ((high - corner) & (beyond <= low));
    left = (load(in + x) + corner + step) & 255;
    corner = up;
    const auto bytes = __builtin_convertvector(left, Bytes);
    std::memcpy(out + x, &bytes, kMoved);
  }
}

void unfilter_up(const uint8_t* __restrict in, const uint8_t* __restrict above,
                 uint8_t* __restrict out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(in[i] + above[i]);
}

template <size_t kPixel>
void unfilter(uint8_t filter, const PngRow& row) {
  switch (filter) {
    case kNone:
      std::copy_n(row.in, row.size, row.out);
      return;
    case kSub:
      return unfilter<kPixel>(row, [](int left, int, int) { return left; });
    case kUp:
      return unfilter_up(row.in, row.above, row.out, row.size);
    case kAverage:
      return unfilter<kPixel>(row, [](int left, int up, int) { return (left + up) / 2; });
    default:
      // Lanes that hold one or two bytes take longer than these do one by one.
      if constexpr (kPixel > 2) return unfilter_paeth<kPixel>(row);
      return unfilter<kPixel>(row, paeth);
  }
}

}  // namespace

void unfilter_png_row(uint8_t filter, int64_t pixel_bytes, const PngRow& row) {
  switch (pixel_bytes) {
    case 1:
      return unfilter<1>(filter, row);
    case 2:
      return unfilter<2>(filter, row);
    case 3:
      return unfilter<3>(filter, row);
    case 4:
      return unfilter<4>(filter, row);
    case 6:
      return unfilter<6>(filter, row);
    default:
      return unfilter<8>(filter, row);
  }
}

}  // namespace medgraft::image
