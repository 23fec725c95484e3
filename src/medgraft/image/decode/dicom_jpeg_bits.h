// What dicom_jpeg8.cc, dicom_jpeg12.cc and dicom_jpeg16.cc share: each includes the
// headers of GDCM's copy of libjpeg for its sample size first, then this one, once.
//
// GDCM's own wrapper around these copies prints to stderr and, as Debian builds it,
// aborts on damaged files (its assertions are on).
#include <csetjmp>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/dicom_codecs.h"

namespace medgraft::image {
namespace {

// Real progressive files have some ten scans. A hostile one may have thousands, of a few
// bytes each, which all cost as much as the picture is large.
constexpr int kMaximumScans = 100;

// libjpeg reports through callbacks and leaves by longjmp. What it writes lives here,
// outside the function that calls setjmp, whose own variables would be lost.
struct JpegDecoder {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf on_error;
  char message[JMSG_LENGTH_MAX] = "";
  std::vector<JSAMPLE> row;
  Samples samples;

  ~JpegDecoder() { jpeg_destroy_decompress(&state); }
};

[[noreturn]] void leave(j_common_ptr state) {
  auto& decoder = *static_cast<JpegDecoder*>(state->client_data);
  state->err->format_message(state, decoder.message);
  std::longjmp(decoder.on_error, 1);
}

bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_TOO_MUCH_DATA ||
         warning == JWRN_BOGUS_PROGRESSION || warning == JWRN_NOT_SEQUENTIAL;
}

void set_errors(JpegDecoder& decoder) {
  decoder.state.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = leave;
  decoder.errors.output_message = [](j_common_ptr) {};
  // After most warnings libjpeg goes on with made-up pixels.
  decoder.errors.emit_message = [](j_common_ptr state, int level) {
    if (level < 0 && !is_harmless(state->err->msg_code)) leave(state);
  };
}

void set_source(JpegDecoder& decoder, std::span<const std::byte> bytes) {
  auto& source = decoder.source;
  source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
  source.bytes_in_buffer = bytes.size();
  source.init_source = [](j_decompress_ptr) {};
  source.term_source = [](j_decompress_ptr) {};
  source.resync_to_restart = jpeg_resync_to_restart;
  source.fill_input_buffer = [](j_decompress_ptr state) -> boolean {
    ERREXIT(state, JERR_INPUT_EOF);
    return FALSE;
  };
  source.skip_input_data = [](j_decompress_ptr state, long count) {
    if (count <= 0) return;
    auto& from = *state->src;
    if (static_cast<size_t>(count) > from.bytes_in_buffer) {
      ERREXIT(state, JERR_INPUT_EOF);
    }
    from.next_input_byte += count;
    from.bytes_in_buffer -= static_cast<size_t>(count);
  };
  decoder.state.src = &source;
}

void set_progress(JpegDecoder& decoder) {
  decoder.progress.progress_monitor = [](j_common_ptr state) {
    const auto* decompress = reinterpret_cast<j_decompress_ptr>(state);
    if (decompress->input_scan_number > kMaximumScans) leave(state);
  };
  decoder.state.progress = &decoder.progress;
}

// @return false after an error; decoder.message then says which.
bool decode_into(JpegDecoder& decoder, const Codestream& codestream) {
  if (setjmp(decoder.on_error) != 0) return false;
  auto& state = decoder.state;
  set_errors(decoder);
  state.client_data = &decoder;
  jpeg_create_decompress(&state);
  state.client_data = &decoder;
  set_progress(decoder);
  set_source(decoder, codestream.bytes);
  jpeg_read_header(&state, TRUE);
  // As stored: what colours the numbers mean is DICOM's to say.
  state.jpeg_color_space = state.num_components == 1 ? JCS_GRAYSCALE : JCS_UNKNOWN;
  state.out_color_space = state.jpeg_color_space;
  jpeg_start_decompress(&state);
  decoder.row.resize(static_cast<size_t>(state.output_width) *
                     static_cast<size_t>(state.output_components));
  while (state.output_scanline < state.output_height) {
    JSAMPLE* row = decoder.row.data();
    jpeg_read_scanlines(&state, &row, 1);
    for (const JSAMPLE sample : decoder.row) decoder.samples.push_back(sample);
  }
  jpeg_finish_decompress(&state);
  return true;
}

Result<Samples> decode_samples(const Codestream& codestream) {
  JpegDecoder decoder;
  const auto size = codestream.width * codestream.height * codestream.components;
  decoder.samples.reserve(static_cast<size_t>(size));
  if (!decode_into(decoder, codestream)) {
    return Failure{text("damaged JPEG: ", decoder.message)};
  }
  if (std::ssize(decoder.samples) != size)
    return Failure{"damaged JPEG: its size differs"};
  return std::move(decoder.samples);
}

}  // namespace
}  // namespace medgraft::image
