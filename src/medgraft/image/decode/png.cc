#include <spng.h>

#include <memory>
#include <new>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"

namespace medgraft::image {
namespace {

// Deflate cannot pack more: 258 bytes in two bits, a little less than 1032 to 1.
constexpr uint64_t kMaximumDeflateRatio = 1032;
// Text and colour profiles may not take more memory than this.
constexpr size_t kMaximumChunk = size_t{1} << 24;

struct ContextCloser {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, ContextCloser>;

struct Opened {
  Context context;
  spng_ihdr header;
};

Failure failure(int code) { return {text("damaged PNG: ", spng_strerror(code))}; }

Result<Opened> open(std::span<const std::byte> file) {
  Opened opened{Context(spng_ctx_new(0)), {}};
  if (!opened.context) return Failure{"out of memory"};
  spng_ctx* context = opened.context.get();
  spng_set_crc_action(context, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
  spng_set_chunk_limits(context, kMaximumChunk, kMaximumChunk);
  if (const int code = spng_set_png_buffer(context, file.data(), file.size())) {
    return failure(code);
  }
  if (const int code = spng_get_ihdr(context, &opened.header)) return failure(code);
  const auto pixels = static_cast<int64_t>(opened.header.width) * opened.header.height;
  if (pixels > kMaximumPixels) {
    return Failure{text("PNG of ", opened.header.width, " x ", opened.header.height,
                        " pixels; at most ", kMaximumPixels, " are read")};
  }
  return opened;
}

bool is_color(const spng_ihdr& header) {
  return header.color_type != SPNG_COLOR_TYPE_GRAYSCALE &&
         header.color_type != SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
}

int64_t stored_channels(const spng_ihdr& header) {
  switch (header.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
      return 2;
    case SPNG_COLOR_TYPE_TRUECOLOR:
      return 3;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
      return 4;
    default:
      return 1;
  }
}

// @return the layout in which spng hands the pixels over: low depths and palettes as
// whole bytes, everything else as stored, in this machine's byte order.
spng_format format_of(const spng_ihdr& header) {
  if (header.color_type == SPNG_COLOR_TYPE_INDEXED) return SPNG_FMT_RGB8;
  if (header.bit_depth < 8) return SPNG_FMT_G8;
  return SPNG_FMT_PNG;
}

template <class Sample>
Image convert(std::span<const Sample> samples, const spng_ihdr& header, int64_t stride) {
  constexpr float kRange = sizeof(Sample) == 1 ? 255.0F : 65535.0F;
  Image image{header.height, header.width, is_color(header) ? 3 : 1, {}};
  const auto pixels = static_cast<size_t>(image.height * image.width);
  const auto channels = static_cast<size_t>(image.channels);
  image.pixels.resize(pixels * channels);
  for (size_t i = 0; i < pixels; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      image.pixels[i * channels + c] =
          static_cast<float>(samples[i * static_cast<size_t>(stride) + c]) / kRange;
    }
  }
  return image;
}

}  // namespace

Result<Header> read_png_header(std::span<const std::byte> file) {
  auto opened = open(file);
  if (!opened) return opened.error();
  const auto& header = opened.value().header;
  return Header{"png", header.height, header.width, is_color(header) ? 3 : 1,
                header.color_type == SPNG_COLOR_TYPE_INDEXED ? 8 : header.bit_depth};
}

Result<Image> decode_png(std::span<const std::byte> file) try {
  auto opened = open(file);
  if (!opened) return opened.error();
  auto* context = opened.value().context.get();
  const auto& header = opened.value().header;
  const auto stored_bits = static_cast<uint64_t>(header.width) * header.height *
                           static_cast<uint64_t>(stored_channels(header)) *
                           header.bit_depth;
  if (stored_bits / 8 > file.size() * kMaximumDeflateRatio) {
    return Failure{text("damaged PNG: ", file.size(), " bytes cannot hold ", header.width,
                        " x ", header.height, " pixels")};
  }

  const auto format = format_of(header);
  size_t size = 0;
  if (const int code = spng_decoded_image_size(context, format, &size))
    return failure(code);
  const bool wide = header.bit_depth == 16;
  const int64_t stride = format == SPNG_FMT_RGB8 ? 3 : stored_channels(header);
  std::vector<uint16_t> buffer((size + 1) / 2);
  if (const int code = spng_decode_image(context, buffer.data(), size, format, 0)) {
    return failure(code);
  }
  if (wide) return convert(std::span<const uint16_t>(buffer), header, stride);
  const auto* bytes = reinterpret_cast<const uint8_t*>(buffer.data());
  return convert(std::span(bytes, size), header, stride);
} catch (const std::bad_alloc&) {
  return Failure{"PNG too large for the memory there is"};
}

}  // namespace medgraft::image
