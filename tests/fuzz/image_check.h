#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"

namespace medgraft::fuzz {

/// Pictures beyond this are left out: large ones are no finding, they only take time.
inline constexpr int64_t kMaximumPixels = int64_t{1} << 20;

inline std::span<const std::byte> as_bytes(std::string_view bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

inline bool is_small(const image::Header& header) {
  return header.height * header.width <= kMaximumPixels;
}

/// Aborts unless `image` is whole, and its pixels are where every decoder promises them.
inline void check_image(const image::Image& image) {
  MEDGRAFT_CHECK(image.height > 0 && image.width > 0, "decode");
  MEDGRAFT_CHECK(image.channels == 1 || image.channels == 3, "decode");
  MEDGRAFT_CHECK(static_cast<int64_t>(image.pixels.size()) ==
                     image.height * image.width * image.channels,
                 "decode");
  for (const float value : image.pixels)
    MEDGRAFT_CHECK(value >= 0 && value <= 1, "decode");
}

/// Decodes into a size, reduced where that is allowed: a file is then damaged, or not, as
/// it is without.
inline void check_sized_decode(std::string_view bytes) {
  constexpr image::Size kSize = {16, 12};
  constexpr float kRounding = 1e-5F;  // Of the filter's weights, which add up to 1.
  const auto file = as_bytes(bytes);
  auto header = image::read_header(file);
  if (!header || !is_small(header.value())) return;
  const auto whole = image::decode(file);
  for (const bool may_reduce : {false, true}) {
    image::DecodeOptions options;
    options.size = kSize;
    options.may_reduce = may_reduce;
    auto sized = image::decode(file, options);
    MEDGRAFT_CHECK(sized.has_value() == whole.has_value(), "decode into a size");
    if (!sized) continue;
    const auto& image = sized.value();
    MEDGRAFT_CHECK(image.height == kSize.height && image.width == kSize.width, "size");
    for (const float value : image.pixels) {
      MEDGRAFT_CHECK(value >= -kRounding && value <= 1 + kRounding, value);
    }
  }
}

/// Reads the header, then the pixels; both must tell the same story.
inline void check_decoder(std::string_view bytes) {
  const auto file = as_bytes(bytes);
  auto header = image::read_header(file);
  if (!header || !is_small(header.value())) return;
  auto decoded = image::decode(file);
  if (!decoded) {
    MEDGRAFT_CHECK(!decoded.error().reason.empty(), "decode");
    return;
  }
  check_image(decoded.value());
  MEDGRAFT_CHECK(decoded.value().height == header.value().height, "decode");
  MEDGRAFT_CHECK(decoded.value().width == header.value().width, "decode");
  MEDGRAFT_CHECK(decoded.value().channels == header.value().channels, "decode");
}

}  // namespace medgraft::fuzz
