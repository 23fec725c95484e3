#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/dicom_codecs.h"
#include "medgraft/image/decode/dicom_pixels.h"

namespace medgraft::image {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kExtendedOffsetTable = 0x7FE00001;

enum class Syntax { kNative, kRle, kJpeg, kJpegLs, kJpeg2000, kUnknown };

// Source: PS3.6, table A-1. The deflated one is native once it is inflated.
Syntax syntax_of(std::string_view uid) {
  constexpr std::string_view kRoot = "1.2.840.10008.1.2";
  if (!uid.starts_with(kRoot)) return Syntax::kUnknown;
  uid.remove_prefix(kRoot.size());
  const auto is_one_of = [&](std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), uid) != list.end();
  };
  if (is_one_of({"", ".1", ".1.99", ".2"})) return Syntax::kNative;
  if (uid == ".5") return Syntax::kRle;
  if (is_one_of({".4.50", ".4.51", ".4.53", ".4.55", ".4.57", ".4.70"})) {
    return Syntax::kJpeg;
  }
  if (is_one_of({".4.80", ".4.81"})) return Syntax::kJpegLs;
  if (is_one_of({".4.90", ".4.91"})) return Syntax::kJpeg2000;
  return Syntax::kUnknown;
}

// What stands between the stored bits and the numbers they mean.
struct SampleLayout {
  int bytes = 1;
  int shift = 0;  ///< Bits below the lowest stored one.
  int bits = 8;
  bool is_signed = false;
  bool is_big_endian = false;
  bool swaps_bytes = false;  ///< Bytes in words of the other order.
  size_t start = 0;          ///< The first byte of the frame.

  explicit SampleLayout(const DicomPixels& pixels)
      : bytes(static_cast<int>(pixels.bits_allocated + 7) / 8),
        shift(static_cast<int>(pixels.high_bit + 1 - pixels.bits_stored)),
        bits(static_cast<int>(pixels.bits_stored)),
        is_signed(pixels.is_signed) {}

  uint32_t raw(Bytes data, size_t index) const {
    if (bytes == 1) {
      const size_t at = start + index;
      return std::to_integer<uint32_t>(data[swaps_bytes ? at ^ 1 : at]);
    }
    const auto width = static_cast<size_t>(bytes);
    const auto* at = data.data() + start + index * width;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      value |= std::to_integer<uint32_t>(at[i])
               << 8 * (is_big_endian ? width - 1 - i : i);
    }
    return value;
  }
};

// @return the low `bits` bits, as two's complement if `is_signed`.
int64_t stored_value(uint32_t raw, int bits, bool is_signed) {
  const uint32_t mask = bits >= 32 ? 0xFFFFFFFF : (uint32_t{1} << bits) - 1;
  const int64_t value = raw & mask;
  const bool is_negative = is_signed && (value >> (bits - 1)) != 0;
  return is_negative ? value - (int64_t{1} << bits) : value;
}

void append(DicomFrame& frame, int64_t value, bool as_real) {
  if (as_real) {
    frame.reals.push_back(static_cast<double>(value));
  } else {
    frame.integers.push_back(static_cast<int32_t>(value));
  }
}

// @param source where in `data` each sample of the frame lies, in samples.
template <class Place>
DicomFrame collect(Bytes data, const SampleLayout& layout, size_t count, Place source) {
  const bool as_real = layout.bits == 32 && !layout.is_signed;
  DicomFrame frame;
  (as_real ? frame.reals.reserve(count) : frame.integers.reserve(count));
  for (size_t i = 0; i < count; ++i) {
    const auto raw = layout.raw(data, source(i)) >> layout.shift;
    append(frame, stored_value(raw, layout.bits, layout.is_signed), as_real);
  }
  return frame;
}

// Samples side by side in the machine's order: what most files are, in a loop that the
// compiler makes wide.
template <class Word>
DicomFrame collect_words(Bytes data, const SampleLayout& layout, size_t count) {
  DicomFrame frame;
  frame.integers.resize(count);
  const auto* from = data.data() + layout.start;
  const auto mask = static_cast<int32_t>((uint32_t{1} << layout.bits) - 1);
  const int32_t sign = layout.is_signed ? int32_t{1} << (layout.bits - 1) : 0;
  for (size_t i = 0; i < count; ++i) {
    Word word;
    std::memcpy(&word, from + i * sizeof word, sizeof word);
    const int32_t value = (word >> layout.shift) & mask;
    frame.integers[i] = (value ^ sign) - sign;  // Two's complement of `bits` bits.
  }
  return frame;
}

DicomFrame collect_in_order(Bytes data, const SampleLayout& layout, size_t count) {
  static_assert(std::endian::native == std::endian::little);
  const bool is_plain = !layout.is_big_endian && !layout.swaps_bytes;
  if (is_plain && layout.bytes == 1) return collect_words<uint8_t>(data, layout, count);
  if (is_plain && layout.bytes == 2) return collect_words<uint16_t>(data, layout, count);
  return collect(data, layout, count, [](size_t i) { return i; });
}

DicomFrame collect_bits(Bytes data, size_t first, size_t count, bool swaps_bytes) {
  DicomFrame frame;
  frame.integers.reserve(count);
  for (size_t i = first; i < first + count; ++i) {
    const auto byte = data[swaps_bytes ? i / 8 ^ 1 : i / 8];
    frame.integers.push_back(std::to_integer<int>(byte) >> i % 8 & 1);
  }
  return frame;
}

// Samples that lie one plane after the other.
DicomFrame collect_planes(Bytes data, const SampleLayout& layout,
                          const DicomPixels& pixels) {
  if (pixels.samples == 1) {
    return collect_in_order(data, layout,
                            static_cast<size_t>(pixels.rows * pixels.columns));
  }
  const auto plane = static_cast<size_t>(pixels.rows * pixels.columns);
  const auto samples = static_cast<size_t>(pixels.samples);
  return collect(data, layout, plane * samples,
                 [=](size_t i) { return i % samples * plane + i / samples; });
}

// Two pixels are stored as Y Y Cb Cr. Source: PS3.3, C.7.6.3.1.2.
DicomFrame collect_halved_color(Bytes data, const SampleLayout& layout,
                                const DicomPixels& pixels) {
  return collect(data, layout, static_cast<size_t>(pixels.rows * pixels.columns * 3),
                 [](size_t i) {
                   const size_t pixel = i / 3, channel = i % 3;
                   const size_t pair = pixel / 2 * 4;
                   return channel == 0 ? pair + pixel % 2 : pair + 1 + channel;
                 });
}

bool is_halved(std::string_view photometric) { return photometric.ends_with("_422"); }

std::string without_halving(const std::string& photometric) {
  return is_halved(photometric) ? photometric.substr(0, photometric.size() - 4)
                                : photometric;
}

int64_t bits_a_frame(const DicomPixels& pixels, bool halved) {
  const int64_t samples = halved ? 2 : pixels.samples;
  return pixels.rows * pixels.columns * samples * pixels.bits_allocated;
}

Failure too_short(size_t found, int64_t needed) {
  return {text("the pixel data has ", found, " bytes, ", needed, " are needed")};
}

template <class Real>
Result<DicomFrame> collect_reals(const DicomElement& element, const DicomPixels& pixels,
                                 int64_t frame) {
  const auto count = pixels.rows * pixels.columns;
  const auto needed = (frame + 1) * count * static_cast<int64_t>(sizeof(Real));
  if (std::ssize(element.value) < needed) return too_short(element.value.size(), needed);
  DicomElement part = element;
  part.value = part.value.subspan(static_cast<size_t>(frame * count) * sizeof(Real),
                                  static_cast<size_t>(count) * sizeof(Real));
  part.vr = sizeof(Real) == 4 ? "OF" : "OD";  // Whatever a damaged file states.
  return DicomFrame{{}, numbers_of(part, part.vr), {}};
}

Result<DicomFrame> read_native(const DicomElement& element, const DicomPixels& pixels,
                               int64_t index) {
  const auto& data = element.value;
  SampleLayout layout(pixels);
  layout.is_big_endian = element.encoding.is_big_endian;
  layout.swaps_bytes = layout.is_big_endian && element.vr == "OW";
  auto photometric = pixels.photometric;
  // Some writers name the halved form and store the full one.
  const auto full = bits_a_frame(pixels, false) / 8 * pixels.frames;
  if (is_halved(photometric) && std::ssize(data) >= full) {
    photometric = without_halving(photometric);
  }
  const bool halved = is_halved(photometric);
  if (halved && pixels.columns % 2 != 0) {
    return Failure{text(photometric, " needs an even number of columns")};
  }
  const auto frame_bits = bits_a_frame(pixels, halved);
  const auto needed = ((index + 1) * frame_bits + 7) / 8;
  if (std::ssize(data) < needed) return too_short(data.size(), needed);
  // The other half of the last word may lie behind the frame.
  if (layout.swaps_bytes && data.size() % 2 != 0) {
    return too_short(data.size(), std::ssize(data) + 1);
  }
  DicomFrame frame;
  if (pixels.bits_allocated == 1) {
    frame = collect_bits(data, static_cast<size_t>(index * frame_bits),
                         static_cast<size_t>(frame_bits), layout.swaps_bytes);
  } else {
    layout.start = static_cast<size_t>(index * frame_bits / 8);
    const auto count = static_cast<size_t>(pixels.rows * pixels.columns * pixels.samples);
    frame = halved             ? collect_halved_color(data, layout, pixels)
            : pixels.is_planar ? collect_planes(data, layout, pixels)
                               : collect_in_order(data, layout, count);
  }
  frame.photometric = without_halving(photometric);
  return frame;
}

// @return the first fragment of each frame, and one beyond the last.
Result<std::vector<size_t>> frame_starts(const DicomFile& file,
                                         const std::vector<Bytes>& fragments,
                                         int64_t frames) {
  const auto count = static_cast<size_t>(frames);
  std::vector<size_t> starts;
  if (count == 1) return std::vector<size_t>{1, fragments.size()};
  if (fragments.size() - 1 == count) {
    for (size_t i = 1; i <= fragments.size(); ++i) starts.push_back(i);
    return starts;
  }
  DicomElement table{0, "UL", fragments[0], {}, false};
  if (table.value.empty()) {
    const auto* extended = file.data.find(kExtendedOffsetTable);
    if (extended) table = {0, "UV", extended->value, extended->encoding, false};
  }
  const auto offsets = numbers_of(table, "UL");
  double place = 0;
  for (size_t i = 1; i < fragments.size(); ++i) {
    constexpr double kItemHead = 8;
    if (starts.size() < offsets.size() && offsets[starts.size()] == place) {
      starts.push_back(i);
    }
    place += kItemHead + static_cast<double>(fragments[i].size());
  }
  if (starts.size() != count) {
    return Failure{text(fragments.size() - 1, " fragments cannot be told apart into ",
                        frames, " frames")};
  }
  starts.push_back(fragments.size());
  return starts;
}

Result<std::vector<std::byte>> compressed_frame(const DicomFile& file,
                                                const DicomElement& element,
                                                const DicomPixels& pixels,
                                                int64_t index) {
  if (!element.has_undefined_length) {
    return Failure{"damaged: compressed pixel data that is not encapsulated"};
  }
  auto fragments = read_fragments(element);
  if (!fragments) return fragments.error();
  if (fragments.value().size() < 2) return Failure{"damaged: no compressed frame"};
  auto starts = frame_starts(file, fragments.value(), pixels.frames);
  if (!starts) return starts.error();
  const auto at = static_cast<size_t>(index);
  std::vector<std::byte> frame;
  for (size_t i = starts.value()[at]; i < starts.value()[at + 1]; ++i) {
    const auto fragment = fragments.value()[i];
    frame.insert(frame.end(), fragment.begin(), fragment.end());
  }
  return frame;
}

Result<DicomFrame> read_rle(Bytes frame, const DicomPixels& pixels) {
  if (pixels.bits_allocated < 8) return Failure{"RLE of single bits is not read"};
  auto planes = decode_rle(frame, pixels.rows * pixels.columns, pixels.samples,
                           pixels.bits_allocated / 8);
  if (!planes) return planes.error();
  auto found = collect_planes(planes.value(), SampleLayout(pixels), pixels);
  found.photometric = without_halving(pixels.photometric);
  return found;
}

// Lossy JPEG streams often know better than the file what their colours are.
std::string photometric_of(const Codestream& codestream, const DicomPixels& pixels) {
  using enum Codestream::Family;
  auto stated = without_halving(pixels.photometric);
  if (pixels.samples == 1) return stated;
  if (codestream.family == kJpeg2000) return stated == "YBR_FULL" ? stated : "RGB";
  if (codestream.family == kJpeg) {
    if (codestream.says_rgb) return "RGB";
    if (codestream.says_ybr && stated == "RGB") return "YBR_FULL";
  }
  return stated;
}

std::string refusal(const Codestream& codestream, const DicomPixels& pixels) {
  if (codestream.width != pixels.columns || codestream.height != pixels.rows) {
    return text("the compressed frame has ", codestream.width, " x ", codestream.height,
                " pixels, the file states ", pixels.columns, " x ", pixels.rows);
  }
  if (codestream.components != pixels.samples) {
    return text("the compressed frame has ", codestream.components,
                " components, the file states ", pixels.samples);
  }
  constexpr int64_t kMaximumPrecision = 24;  // OpenJPEG's arithmetic is 32-bit.
  if (codestream.precision < 2 || codestream.precision > kMaximumPrecision) {
    return text("compressed samples of ", codestream.precision, " bits are not read");
  }
  return "";
}

Result<Samples> decode_samples(const Codestream& codestream) {
  using enum Codestream::Family;
  if (codestream.family == kJpeg2000) return decode_jpeg2000_samples(codestream);
  if (codestream.family == kJpegLs) return decode_jpeg_ls_samples(codestream);
  // A block of 8 x 8 pixels takes at least a bit.
  constexpr int64_t kMaximumPixelsPerByte = 512;
  if (codestream.width * codestream.height >
      std::ssize(codestream.bytes) * kMaximumPixelsPerByte) {
    return Failure{text("damaged JPEG: ", codestream.bytes.size(), " bytes cannot hold ",
                        codestream.width, " x ", codestream.height, " pixels")};
  }
  return decode_jpeg_samples(codestream);
}

Result<DicomFrame> read_codestream(Bytes frame, Syntax syntax,
                                   const DicomPixels& pixels) {
  auto codestream = syntax == Syntax::kJpeg2000 ? read_jpeg2000_codestream(frame)
                                                : read_jpeg_codestream(frame);
  if (!codestream) return codestream.error();
  const auto& found = codestream.value();
  const bool is_jpeg_ls = found.family == Codestream::Family::kJpegLs;
  if (syntax != Syntax::kJpeg2000 && is_jpeg_ls != (syntax == Syntax::kJpegLs)) {
    return Failure{"the compressed frame is not of the stated transfer syntax"};
  }
  if (const auto why = refusal(found, pixels); !why.empty()) return Failure{why};
  auto samples = decode_samples(found);
  if (!samples) return samples.error();
  // Signs are DICOM's to state: JPEG and JPEG-LS have none, JPEG 2000's may contradict.
  const auto precision = static_cast<int>(found.precision);
  const bool extends = pixels.is_signed || found.is_signed;
  const int bits = pixels.is_signed
                       ? std::min(precision, static_cast<int>(pixels.bits_stored))
                       : precision;
  if (extends) {
    for (auto& sample : samples.value()) {
      sample = static_cast<int32_t>(
          stored_value(static_cast<uint32_t>(sample), bits, pixels.is_signed));
    }
  }
  return DicomFrame{std::move(samples.value()), {}, photometric_of(found, pixels)};
}

}  // namespace

Result<DicomFrame> read_frame(const DicomFile& file, const DicomPixels& pixels,
                              int64_t index) {
  if (const auto* reals = file.data.find(kFloatPixelData)) {
    return collect_reals<float>(*reals, pixels, index);
  }
  if (const auto* reals = file.data.find(kDoublePixelData)) {
    return collect_reals<double>(*reals, pixels, index);
  }
  const auto* element = file.data.find(kPixelData);
  if (!element) return Failure{"DICOM without pixel data"};
  const auto syntax = syntax_of(file.transfer_syntax);
  if (syntax == Syntax::kUnknown) {
    return Failure{text("transfer syntax ", file.transfer_syntax, " is not read")};
  }
  if (syntax == Syntax::kNative) {
    if (element->has_undefined_length) {
      return Failure{
          "damaged: encapsulated pixel data that is stated to be uncompressed"};
    }
    return read_native(*element, pixels, index);
  }
  auto frame = compressed_frame(file, *element, pixels, index);
  if (!frame) return frame.error();
  if (syntax == Syntax::kRle) return read_rle(frame.value(), pixels);
  return read_codestream(frame.value(), syntax, pixels);
}

}  // namespace medgraft::image
