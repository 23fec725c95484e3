#include "medgraft/image/decode/dicom_codecs.h"

#include <gdcmFragment.h>
#include <gdcmJPEGLSCodec.h>
#include <gdcmSequenceOfFragments.h>
#include <gdcmTrace.h>

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

gdcm::PixelFormat pixel_format(const Codestream& codestream) {
  gdcm::PixelFormat format(codestream.precision <= 8 ? gdcm::PixelFormat::UINT8
                                                     : gdcm::PixelFormat::UINT16);
  format.SetBitsStored(static_cast<unsigned short>(codestream.precision));
  format.SetHighBit(static_cast<unsigned short>(codestream.precision - 1));
  format.SetSamplesPerPixel(static_cast<unsigned short>(codestream.components));
  return format;
}

gdcm::DataElement as_pixel_data(const std::vector<std::byte>& bytes) {
  gdcm::Fragment fragment;
  fragment.SetByteValue(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<uint32_t>(bytes.size()));
  gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
  fragments->AddFragment(fragment);
  gdcm::DataElement pixels(gdcm::Tag(0x7FE0, 0x0010));
  pixels.SetVR(gdcm::VR::OB);
  pixels.SetValue(*fragments);
  return pixels;
}

void silence_gdcm() {
  static const bool kSilenced = [] {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    return true;
  }();
  static_cast<void>(kSilenced);
}

bool decode_jpeg_ls(const Codestream& codestream, gdcm::DataElement& decoded) try {
  gdcm::JPEGLSCodec codec;
  const unsigned int dimensions[3] = {static_cast<unsigned>(codestream.width),
                                      static_cast<unsigned>(codestream.height), 1};
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(dimensions);
  codec.SetPixelFormat(pixel_format(codestream));
  codec.SetPhotometricInterpretation(codestream.components == 1
                                         ? gdcm::PhotometricInterpretation::MONOCHROME2
                                         : gdcm::PhotometricInterpretation::RGB);
  return codec.Decode(as_pixel_data(codestream.bytes), decoded);
} catch (const std::exception&) {
  return false;
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

Result<Samples> decode_jpeg_ls_samples(const Codestream& codestream) {
  silence_gdcm();
  gdcm::DataElement decoded;
  const auto size = codestream.width * codestream.height * codestream.components;
  const int64_t width = codestream.precision <= 8 ? 1 : 2;
  if (codestream.precision > 16 || !decode_jpeg_ls(codestream, decoded)) {
    return Failure{"damaged JPEG-LS"};
  }
  const auto* bytes = decoded.GetByteValue();
  if (!bytes || static_cast<int64_t>(bytes->GetLength()) < size * width) {
    return Failure{"damaged JPEG-LS: its size differs"};
  }
  Samples samples(static_cast<size_t>(size));
  const auto* at = reinterpret_cast<const uint8_t*>(bytes->GetPointer());
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = width == 1 ? at[i] : at[2 * i] | at[2 * i + 1] << 8;
  }
  return samples;
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
