#include "medgraft/image/decode/png_rows.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

constexpr size_t kSignature = 8, kWord = 4;
constexpr size_t kMaximumBytes = size_t{1} << 27;
// What a row is filtered with. Source: PNG specification, 9.2.
enum Filter : uint8_t { kNone, kSub, kUp, kAverage, kPaeth };

uint32_t read_word(const std::byte* at) {
  uint32_t word = 0;
  for (size_t i = 0; i < kWord; ++i) word = word << 8 | std::to_integer<uint32_t>(at[i]);
  return word;
}

// @return what the consecutive IDAT chunks hold; nothing if one of them, or one before,
// is cut short or does not match its checksum.
std::optional<std::vector<std::byte>> image_data(std::span<const std::byte> file) {
  std::vector<std::byte> data;
  data.reserve(file.size());
  bool is_inside = false;
  for (size_t at = kSignature; at + 3 * kWord <= file.size();) {
    const auto* chunk = file.data() + at;
    const size_t length = read_word(chunk);
    if (length > file.size() - at - 3 * kWord) return std::nullopt;
    at += 3 * kWord + length;
    const bool is_data = std::memcmp(chunk + kWord, "IDAT", kWord) == 0;
    if (!is_data && is_inside) return data;
    if (!is_data) continue;
    is_inside = true;
    const auto* body = chunk + 2 * kWord;
    if (libdeflate_crc32(0, chunk + kWord, kWord + length) != read_word(body + length)) {
      return std::nullopt;
    }
    data.insert(data.end(), body, body + length);
  }
  return std::nullopt;
}

bool decompress(std::span<const std::byte> data, std::byte* out, size_t size) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  // Without a place for the actual size, any other is a failure.
  return decompressor &&
         libdeflate_zlib_decompress(decompressor.get(), data.data(), data.size(), out,
                                    size, nullptr) == LIBDEFLATE_SUCCESS;
}

// The one of left, up and corner that is closest to left + up - corner, the first on a
// tie: without a branch, since no processor can guess which.
uint8_t paeth(int left, int up, int corner) {
  const int low = std::min(left, up), high = std::max(left, up);
  const int beyond = 3 * corner - (left + up);
  const int below = high <= beyond ? low : corner;
  return static_cast<uint8_t>(beyond <= low ? high : below);
}

// For the filters that need the pixel to the left, whose bytes stay in registers.
// @param predict byte from those to the left, above and above left.
template <size_t kPixel, class Predict>
void unfilter(const uint8_t* in, const uint8_t* above, uint8_t* out, size_t size,
              Predict predict) {
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

void unfilter_up(const uint8_t* __restrict in, const uint8_t* __restrict above,
                 uint8_t* __restrict out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(in[i] + above[i]);
}

template <size_t kPixel>
void unfilter(uint8_t filter, const uint8_t* in, const uint8_t* above, uint8_t* out,
              size_t size) {
  switch (filter) {
    case kNone:
      std::copy_n(in, size, out);
      return;
    case kSub:
      return unfilter<kPixel>(in, above, out, size,
                              [](int left, int, int) { return left; });
    case kUp:
      return unfilter_up(in, above, out, size);
    case kAverage:
      return unfilter<kPixel>(in, above, out, size,
                              [](int left, int up, int) { return (left + up) / 2; });
    default:
      return unfilter<kPixel>(in, above, out, size, paeth);
  }
}

// Each filter works on bytes a whole number of samples apart, so the order within a
// sample may be changed first.
void swap_bytes(uint8_t* row, size_t size) {
  for (size_t i = 0; i < size; i += 2) std::swap(row[i], row[i + 1]);
}

}  // namespace

PngRows::PngRows(const PngLayout& layout, std::unique_ptr<std::byte[]> filtered)
    : layout_(layout),
      filtered_(std::move(filtered)),
      at_(filtered_.get()),
      row_(static_cast<size_t>(layout.row_bytes())),
      above_(row_.size()) {}

std::optional<PngRows> PngRows::open(std::span<const std::byte> file,
                                     const PngLayout& layout) {
  const auto stride = static_cast<size_t>(layout.row_bytes()) + 1;
  const size_t size = static_cast<size_t>(layout.height) * stride;
  if (size > kMaximumBytes) return std::nullopt;
  const auto data = image_data(file);
  if (!data) return std::nullopt;
  auto filtered = std::make_unique_for_overwrite<std::byte[]>(size);
  if (!decompress(*data, filtered.get(), size)) return std::nullopt;
  for (size_t at = 0; at < size; at += stride) {
    if (std::to_integer<uint8_t>(filtered[at]) > kPaeth) return std::nullopt;
  }
  return PngRows(layout, std::move(filtered));
}

const std::byte* PngRows::next() {
  std::swap(row_, above_);
  const auto filter = std::to_integer<uint8_t>(*at_);
  auto* in = reinterpret_cast<uint8_t*>(at_ + 1);
  const auto* above = reinterpret_cast<const uint8_t*>(above_.data());
  auto* out = reinterpret_cast<uint8_t*>(row_.data());
  const size_t size = row_.size();
  at_ += size + 1;
  if (layout_.is_wide && std::endian::native == std::endian::little) swap_bytes(in, size);
  switch (layout_.pixel_bytes) {
    case 1:
      unfilter<1>(filter, in, above, out, size);
      break;
    case 2:
      unfilter<2>(filter, in, above, out, size);
      break;
    case 3:
      unfilter<3>(filter, in, above, out, size);
      break;
    case 4:
      unfilter<4>(filter, in, above, out, size);
      break;
    case 6:
      unfilter<6>(filter, in, above, out, size);
      break;
    default:
      unfilter<8>(filter, in, above, out, size);
  }
  return row_.data();
}

}  // namespace medgraft::image
