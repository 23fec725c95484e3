#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>
#include <vector>

// jpeglib.h needs FILE and size_t declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/exif.h"
#include "medgraft/image/decode/row_sink.h"
#include "medgraft/image/vectorized.h"

namespace medgraft::image {
namespace {

// A Huffman-coded scan spends at least one bit on each block of 8 x 8 pixels.
constexpr int64_t kMaximumPixelsPerByte = 8 * 8 * 8;
// Real progressive files have some ten scans. A hostile one may have thousands, of a few
// bytes each, which all cost as much as the picture is large.
constexpr int kMaximumScans = 100;
constexpr int kExif = JPEG_APP0 + 1;

// libjpeg reports through callbacks and leaves by longjmp. What it writes lives here,
// outside the function that calls setjmp, whose own variables would be lost.
struct Decoder {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf on_error;
  char message[JMSG_LENGTH_MAX] = "";
  std::vector<uint8_t> row;
  std::optional<RowSink> sink;
  int orientation = 1;

  ~Decoder() { jpeg_destroy_decompress(&state); }
};

Decoder& decoder_of(j_common_ptr state) {
  return *static_cast<Decoder*>(state->client_data);
}

[[noreturn]] void leave(j_common_ptr state) {
  auto& decoder = decoder_of(state);
  state->err->format_message(state, decoder.message);
  std::longjmp(decoder.on_error, 1);
}

// After any other warning libjpeg goes on with made-up pixels; a wrong picture is worse
// than none.
bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_ADOBE_XFORM ||
         warning == JWRN_JFIF_MAJOR || warning == JWRN_TOO_MUCH_DATA ||
         warning == JWRN_BOGUS_PROGRESSION || warning == JWRN_BOGUS_ICC;
}

void on_message(j_common_ptr state, int level) {
  if (level < 0 && !is_harmless(state->err->msg_code)) leave(state);
}

void on_progress(j_common_ptr state) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(state);
  if (decompress->input_scan_number <= kMaximumScans) return;
  auto& decoder = decoder_of(state);
  std::snprintf(decoder.message, sizeof decoder.message, "more than %d scans",
                kMaximumScans);
  std::longjmp(decoder.on_error, 1);
}

void start(Decoder& decoder, std::span<const std::byte> file) {
  decoder.state.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = leave;
  decoder.errors.emit_message = on_message;
  decoder.errors.output_message = [](j_common_ptr) {};
  decoder.state.client_data = &decoder;
  jpeg_create_decompress(&decoder.state);
  decoder.state.client_data = &decoder;
  decoder.progress.progress_monitor = on_progress;
  decoder.state.progress = &decoder.progress;
  jpeg_mem_src(&decoder.state, reinterpret_cast<const unsigned char*>(file.data()),
               static_cast<unsigned long>(file.size()));
  jpeg_save_markers(&decoder.state, kExif, 0xFFFF);
  jpeg_read_header(&decoder.state, TRUE);
}

int orientation_of(const Decoder& decoder) {
  for (auto* marker = decoder.state.marker_list; marker; marker = marker->next) {
    if (marker->marker != kExif) continue;
    const int orientation =
        exif_orientation(std::as_bytes(std::span(marker->data, marker->data_length)));
    if (orientation != 1) return orientation;
  }
  return 1;
}

// @return why the picture is not read, or an empty text.
std::string refusal(const Decoder& decoder, size_t file_size) {
  const auto& state = decoder.state;
  const auto pixels = static_cast<int64_t>(state.image_width) * state.image_height;
  if (pixels > kMaximumPixels) {
    return text("JPEG of ", state.image_width, " x ", state.image_height,
                " pixels; at most ", kMaximumPixels, " are read");
  }
  if (!state.arith_code &&
      pixels > static_cast<int64_t>(file_size) * kMaximumPixelsPerByte) {
    return text("damaged JPEG: ", file_size, " bytes cannot hold ", state.image_width,
                " x ", state.image_height, " pixels");
  }
  return "";
}

// Source for CMYK: with Adobe's inversion, stored values are what is left of the light,
// so red is C x K (as Pillow's conversion gives it).
void convert_row(const std::vector<uint8_t>& row, int components, float* out) {
  if (components != 4) {
    to_unit_range(row.data(), out, std::ssize(row));
    return;
  }
  for (size_t x = 0; x + 3 < row.size(); x += 4) {
    for (size_t c = 0; c < 3; ++c) {
      *out++ = static_cast<float>(row[x + c] * row[x + 3]) / (255.0F * 255.0F);
    }
  }
}

Failure damaged(const Decoder& decoder) {
  return {text("damaged JPEG: ", decoder.message)};
}

// @return false after an error; decoder.message then says which.
bool read_header_into(Decoder& decoder, std::span<const std::byte> file) {
  if (setjmp(decoder.on_error) != 0) return false;
  start(decoder, file);
  decoder.orientation = orientation_of(decoder);
  return true;
}

// @return by how much the decoder may divide the sides, so that kLeastReduction is left.
unsigned reduction(const jpeg_decompress_struct& state, const DecodeOptions& options) {
  if (!options.may_reduce || !options.size) return 1;
  if (std::min(options.size->height, options.size->width) < kLeastReducedSide) return 1;
  for (const unsigned divisor : {8U, 4U, 2U}) {  // Those that libjpeg-turbo has fast.
    if (state.image_height >= kLeastReduction * options.size->height * divisor &&
        state.image_width >= kLeastReduction * options.size->width * divisor) {
      return divisor;
    }
  }
  return 1;
}

void prepare(Decoder& decoder, const DecodeOptions& options) {
  auto& state = decoder.state;
  const bool is_cmyk =
      state.jpeg_color_space == JCS_CMYK || state.jpeg_color_space == JCS_YCCK;
  state.out_color_space = is_cmyk                     ? JCS_CMYK
                          : state.num_components == 1 ? JCS_GRAYSCALE
                                                      : JCS_RGB;
  const unsigned divisor = reduction(state, options);
  state.scale_num = 1;
  state.scale_denom = divisor;
  jpeg_calc_output_dimensions(&state);
  const RowSource source{state.output_height, state.output_width,
                         state.output_components == 1 ? 1 : 3,
                         static_cast<double>(state.image_height) / divisor,
                         static_cast<double>(state.image_width) / divisor};
  decoder.sink.emplace(source, options.size);
  decoder.row.resize(static_cast<size_t>(state.output_width) *
                     static_cast<size_t>(state.output_components));
}

bool read_pixels(Decoder& decoder, const DecodeOptions& options) {
  if (setjmp(decoder.on_error) != 0) return false;
  prepare(decoder, options);
  jpeg_start_decompress(&decoder.state);
  while (decoder.state.output_scanline < decoder.state.output_height) {
    JSAMPROW rows[] = {decoder.row.data()};
    jpeg_read_scanlines(&decoder.state, rows, 1);
    convert_row(decoder.row, decoder.state.output_components, decoder.sink->next());
    decoder.sink->commit();
  }
  jpeg_finish_decompress(&decoder.state);
  return true;
}

}  // namespace

Result<Header> read_jpeg_header(std::span<const std::byte> file) {
  Decoder decoder;
  if (!read_header_into(decoder, file)) return damaged(decoder);
  Header header{"jpeg", decoder.state.image_height, decoder.state.image_width,
                decoder.state.num_components == 1 ? 1 : 3, decoder.state.data_precision};
  if (decoder.orientation >= 5) std::swap(header.height, header.width);
  return header;
}

Result<Image> decode_jpeg(std::span<const std::byte> file,
                          const DecodeOptions& options) try {
  Decoder decoder;
  if (!read_header_into(decoder, file)) return damaged(decoder);
  if (auto reason = refusal(decoder, file.size()); !reason.empty())
    return Failure{reason};
  const bool is_upright = decoder.orientation == 1;
  if (!read_pixels(decoder, is_upright ? options : DecodeOptions{})) {
    return damaged(decoder);
  }
  auto image = oriented(decoder.sink->finish(), decoder.orientation);
  if (is_upright || !options.size) return image;
  return resize(std::move(image), options.size->height, options.size->width);
} catch (const std::bad_alloc&) {
  return Failure{"JPEG too large for the memory there is"};
}

}  // namespace medgraft::image
