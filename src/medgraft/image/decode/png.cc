#include <spng.h>

#include <memory>
#include <new>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/png_rows.h"
#include "medgraft/image/decode/row_sink.h"
#include "medgraft/image/vectorized.h"

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

// @param stride stored values a pixel; what is beyond `channels` is alpha.
template <class Sample>
void convert_row(const Sample* row, int64_t width, int64_t stride, int64_t channels,
                 float* out) {
  if (stride == channels) return to_unit_range(row, out, width * channels);
  constexpr float kRange = sizeof(Sample) == 1 ? 255.0F : 65535.0F;
  for (int64_t x = 0; x < width; ++x) {
    for (int64_t c = 0; c < channels; ++c) {
      *out++ = static_cast<float>(row[x * stride + c]) / kRange;
    }
  }
}

/// Takes stored rows to where they are wanted.
class Rows {
 public:
  Rows(const spng_ihdr& header, int64_t stride, const DecodeOptions& options)
      : width_(header.width),
        channels_(is_color(header) ? 3 : 1),
        stride_(stride),
        is_wide_(header.bit_depth == 16),
        sink_({header.height, header.width, channels_, static_cast<double>(header.height),
               static_cast<double>(header.width)},
              options.size) {}

  void add(const std::byte* row) {
    float* out = sink_.next();
    if (is_wide_) {
      convert_row(reinterpret_cast<const uint16_t*>(row), width_, stride_, channels_,
                  out);
    } else {
      convert_row(reinterpret_cast<const uint8_t*>(row), width_, stride_, channels_, out);
    }
    sink_.commit();
  }
  Image finish() { return sink_.finish(); }

 private:
  int64_t width_, channels_, stride_;
  bool is_wide_;
  RowSink sink_;
};

// @return 0 or spng's code.
int read_interlaced(spng_ctx* context, spng_format format, size_t size, int64_t height,
                    Rows& rows) {
  std::vector<std::byte> whole(size);
  if (const int code = spng_decode_image(context, whole.data(), size, format, 0)) {
    return code;
  }
  const size_t row = size / static_cast<size_t>(height);
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) rows.add(&whole[y * row]);
  return 0;
}

int read_rows(spng_ctx* context, spng_format format, size_t size, int64_t height,
              Rows& rows) {
  if (const int code =
          spng_decode_image(context, nullptr, 0, format, SPNG_DECODE_PROGRESSIVE)) {
    return code;
  }
  std::vector<std::byte> row(size / static_cast<size_t>(height));
  for (;;) {
    const int code = spng_decode_row(context, row.data(), row.size());
    if (code != 0 && code != SPNG_EOI) return code;
    rows.add(row.data());
    if (code == SPNG_EOI) return 0;
  }
}

// @return whether the rows were read; if not, spng reads them, or says what is wrong.
bool read_whole(std::span<const std::byte> file, const spng_ihdr& header, Rows& rows) {
  if (header.interlace_method != 0 || header.bit_depth < 8 ||
      header.color_type == SPNG_COLOR_TYPE_INDEXED) {
    return false;
  }
  auto whole = PngRows::open(
      file, {header.height, header.width, stored_channels(header) * header.bit_depth / 8,
             header.bit_depth == 16});
  if (!whole) return false;
  for (uint32_t y = 0; y < header.height; ++y) rows.add(whole->next());
  return true;
}

}  // namespace

Result<Header> read_png_header(std::span<const std::byte> file) {
  auto opened = open(file);
  if (!opened) return opened.error();
  const auto& header = opened.value().header;
  return Header{"png", header.height, header.width, is_color(header) ? 3 : 1,
                header.color_type == SPNG_COLOR_TYPE_INDEXED ? 8 : header.bit_depth};
}

Result<Image> decode_png(std::span<const std::byte> file,
                         const DecodeOptions& options) try {
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
  const int64_t stride = format == SPNG_FMT_RGB8 ? 3 : stored_channels(header);
  Rows rows(header, stride, options);
  if (const int code = spng_decode_chunks(context)) return failure(code);
  if (read_whole(file, header, rows)) return rows.finish();
  const auto read = header.interlace_method == 0 ? read_rows : read_interlaced;
  if (const int code = read(context, format, size, header.height, rows)) {
    return failure(code);
  }
  return rows.finish();
} catch (const std::bad_alloc&) {
  return Failure{"PNG too large for the memory there is"};
}

}  // namespace medgraft::image
