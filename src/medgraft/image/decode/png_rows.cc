#include "medgraft/image/decode/png_rows.h"

#include <libdeflate.h>

#include <bit>
#include <cstring>
#include <utility>

#include "medgraft/image/decode/png_unfilter.h"

namespace medgraft::image {
namespace {

constexpr size_t kSignature = 8, kWord = 4;
constexpr size_t kMaximumBytes = size_t{1} << 27;

uint32_t read_word(const std::byte* at) {
  uint32_t word = 0;
  for (size_t i = 0; i < kWord; ++i) word = word << 8 | std::to_integer<uint32_t>(at[i]);
  return word;
}

// @return what the consecutive IDAT chunks hold; nothing if one of them does not match
// its checksum, or the file ends before another kind of chunk follows.
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
      row_(static_cast<size_t>(layout.row_bytes()) + kUnfilterSlack),
      above_(row_.size()) {}

std::optional<PngRows> PngRows::open(std::span<const std::byte> file,
                                     const PngLayout& layout) {
  const auto stride = static_cast<size_t>(layout.row_bytes()) + 1;
  const size_t size = static_cast<size_t>(layout.height) * stride;
  if (size > kMaximumBytes) return std::nullopt;
  const auto data = image_data(file);
  if (!data) return std::nullopt;
  auto filtered = std::make_unique_for_overwrite<std::byte[]>(size + kUnfilterSlack);
  if (!decompress(*data, filtered.get(), size)) return std::nullopt;
  for (size_t at = 0; at < size; at += stride) {
    if (std::to_integer<uint8_t>(filtered[at]) > kMaximumPngFilter) return std::nullopt;
  }
  return PngRows(layout, std::move(filtered));
}

const std::byte* PngRows::next() {
  std::swap(row_, above_);
  const auto filter = std::to_integer<uint8_t>(*at_);
  auto* in = reinterpret_cast<uint8_t*>(at_ + 1);
  const auto* above = reinterpret_cast<const uint8_t*>(above_.data());
  auto* out = reinterpret_cast<uint8_t*>(row_.data());
  const auto size = static_cast<size_t>(layout_.row_bytes());
  at_ += size + 1;
  if (layout_.is_wide && std::endian::native == std::endian::little) swap_bytes(in, size);
  unfilter_png_row(filter, layout_.pixel_bytes, {in, above, out, size});
  return row_.data();
}

}  // namespace medgraft::image
