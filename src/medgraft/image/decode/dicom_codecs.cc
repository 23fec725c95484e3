#include "medgraft/image/decode/dicom_codecs.h"

#include <algorithm>
#include <cstring>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t kRleHeader = 64;
constexpr size_t kMaximumSegments = 15;

uint32_t little_endian(const std::byte* at) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | std::to_integer<uint32_t>(at[i]);
  return value;
}

// @return whether `out` is filled exactly as far as it has to be; a last run may lead
// beyond.
bool unpack_segment(Bytes segment, std::span<std::byte> out) {
  size_t from = 0, to = 0;
  while (to < out.size() && from < segment.size()) {
    const auto control = static_cast<int8_t>(segment[from++]);
    if (control == -128) continue;
    const bool is_literal = control >= 0;
    const auto length = static_cast<size_t>(is_literal ? control + 1 : 1 - control);
    const auto needed = is_literal ? length : size_t{1};
    if (segment.size() - from < needed) return false;
    const auto count = std::min(length, out.size() - to);
    if (is_literal) {
      std::memcpy(out.data() + to, segment.data() + from, count);
    } else {
      std::memset(out.data() + to, std::to_integer<int>(segment[from]), count);
    }
    from += needed;
    to += count;
  }
  return to == out.size();
}

// @return where segment `index` lies; empty if it lies outside.
Bytes segment_of(Bytes frame, size_t index, size_t count) {
  const auto offset = [&](size_t i) {
    return i == count ? frame.size() : little_endian(frame.data() + 4 + 4 * i);
  };
  const size_t start = offset(index), end = offset(index + 1);
  if (start < kRleHeader || end < start || end > frame.size()) return {};
  return frame.subspan(start, end - start);
}

}  // namespace

Result<Samples> decode_jpeg_samples(const Codestream& codestream) {
  if (codestream.precision <= 8) return decode_jpeg8_samples(codestream);
  if (codestream.family == Codestream::Family::kLosslessJpeg) {
    return decode_jpeg16_samples(codestream);
  }
  if (codestream.precision == 12) return decode_jpeg12_samples(codestream);
  return Failure{text("a JPEG of ", codestream.precision, " bits is not read")};
}

Result<std::vector<std::byte>> decode_rle(Bytes frame, int64_t pixels, int64_t samples,
                                          int64_t bytes_per_sample) {
  const auto count = static_cast<size_t>(samples * bytes_per_sample);
  if (frame.size() < kRleHeader) return Failure{"damaged RLE: no header"};
  if (count > kMaximumSegments || little_endian(frame.data()) != count) {
    return Failure{text("damaged RLE: ", little_endian(frame.data()), " segments where ",
                        count, " are needed")};
  }
  // Two bytes give at most 128.
  if (static_cast<int64_t>(frame.size()) * 64 < pixels * static_cast<int64_t>(count)) {
    return Failure{text("damaged RLE: ", frame.size(), " bytes cannot hold the frame")};
  }
  std::vector<std::byte> plane(static_cast<size_t>(pixels));
  std::vector<std::byte> out(plane.size() * count);
  for (size_t i = 0; i < count; ++i) {
    if (!unpack_segment(segment_of(frame, i, count), plane)) {
      return Failure{"damaged RLE: a segment is cut off"};
    }
    // The most significant byte of a sample comes first.
    const auto bytes = static_cast<size_t>(bytes_per_sample);
    const size_t sample = i / bytes, byte = bytes - 1 - i % bytes;
    auto* to = out.data() + sample * bytes * plane.size() + byte;
    for (size_t k = 0; k < plane.size(); ++k) to[k * bytes] = plane[k];
  }
  return out;
}

}  // namespace medgraft::image
