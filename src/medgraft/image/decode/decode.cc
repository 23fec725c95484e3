#include "medgraft/image/decode/decode.h"

#include <cstring>
#include <string_view>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

bool starts_with(std::span<const std::byte> file, std::string_view magic) {
  return file.size() >= magic.size() &&
         std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

Failure unknown_format(std::span<const std::byte> file) {
  return {file.empty() ? "the file is empty" : "not a PNG or JPEG file"};
}

}  // namespace

bool is_png(std::span<const std::byte> file) {
  return starts_with(file, "\x89PNG\r\n\x1a\n");
}
bool is_jpeg(std::span<const std::byte> file) {
  return starts_with(file, "\xff\xd8\xff");
}

Result<Image> decode(std::span<const std::byte> file, const DecodeOptions& options) {
  if (options.frame != 0) {
    return Failure{
        text("the file has one frame; frame ", options.frame, " was asked for")};
  }
  if (is_png(file)) return decode_png(file);
  if (is_jpeg(file)) return decode_jpeg(file);
  return unknown_format(file);
}

Result<Header> read_header(std::span<const std::byte> file) {
  if (is_png(file)) return read_png_header(file);
  if (is_jpeg(file)) return read_jpeg_header(file);
  return unknown_format(file);
}

}  // namespace medgraft::image
