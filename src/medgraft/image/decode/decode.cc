#include "medgraft/image/decode/decode.h"

#include <cctype>
#include <cmath>
#include <cstring>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/window.h"

namespace medgraft::image {
namespace {

bool starts_with(std::span<const std::byte> file, std::string_view magic) {
  return file.size() >= magic.size() &&
         std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

Failure unknown_format(std::span<const std::byte> file) {
  return {file.empty() ? "the file is empty" : "not a PNG, JPEG or DICOM file"};
}

}  // namespace

bool is_png(std::span<const std::byte> file) {
  return starts_with(file, "\x89PNG\r\n\x1a\n");
}
bool is_jpeg(std::span<const std::byte> file) {
  return starts_with(file, "\xff\xd8\xff");
}

// The preamble may be anything, so DICOM is asked for before it is; without preamble a
// file starts with group 2 or 8, in either byte order, and a short first element.
bool is_dicom(std::span<const std::byte> file) {
  constexpr size_t kPreamble = 128;
  if (file.size() >= kPreamble && starts_with(file.subspan(kPreamble), "DICM"))
    return true;
  const auto byte = [&](size_t i) { return std::to_integer<unsigned>(file[i]); };
  if (file.size() < 8) return false;
  const bool is_little = (byte(0) == 2 || byte(0) == 8) && byte(1) == 0;
  const bool is_big = byte(0) == 0 && (byte(1) == 2 || byte(1) == 8);
  const bool has_vr = std::isupper(byte(4)) != 0 && std::isupper(byte(5)) != 0;
  const bool has_length = byte(is_little ? 7 : 4) == 0 && byte(is_little ? 6 : 5) == 0;
  return (is_little || is_big) && (has_vr || has_length);
}

Result<Image> decode(std::span<const std::byte> file, const DecodeOptions& options) {
  if (is_dicom(file)) return decode_dicom(file, options);
  if (options.frame != 0) {
    return Failure{
        text("the file has one frame; frame ", options.frame, " was asked for")};
  }
  auto header = read_header(file);
  if (!header) return header.error();
  const auto read = is_png(file) ? decode_png : decode_jpeg;
  const bool is_plain = options.window.kind == Window::Kind::kAuto ||
                        options.window.kind == Window::Kind::kFirst;
  if (is_plain) return read(file, options);
  auto image = read(file, {});  // Percentiles are those of all pixels.
  if (!image) return image;
  const double stored_maximum =
      std::exp2(static_cast<double>(header.value().bit_depth)) - 1;
  return windowed(std::move(image.value()), options.window, stored_maximum);
}

Result<Header> read_header(std::span<const std::byte> file) {
  if (is_dicom(file)) return read_dicom_header(file);
  if (is_png(file)) return read_png_header(file);
  if (is_jpeg(file)) return read_jpeg_header(file);
  return unknown_format(file);
}

}  // namespace medgraft::image
