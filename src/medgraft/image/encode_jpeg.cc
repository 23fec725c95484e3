#include "medgraft/image/encode_jpeg.h"

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <vector>

// jpeglib.h needs FILE and size_t declared before it.
#include <jpeglib.h>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

// libjpeg leaves by longjmp, past destructors: what it holds lives here.
struct Encoder {
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  std::jmp_buf on_error;
  unsigned char* file = nullptr;
  unsigned long size = 0;
  std::vector<uint8_t> samples;

  ~Encoder() {
    jpeg_destroy_compress(&state);
    std::free(file);
  }
};

[[noreturn]] void leave(j_common_ptr state) {
  std::longjmp(static_cast<Encoder*>(state->client_data)->on_error, 1);
}

// @return false if libjpeg gave up.
bool run(Encoder& encoder, const Image& image, int quality) {
  auto& state = encoder.state;
  state.err = jpeg_std_error(&encoder.errors);
  encoder.errors.error_exit = leave;
  encoder.errors.output_message = [](j_common_ptr) {};
  state.client_data = &encoder;
  if (setjmp(encoder.on_error) != 0) return false;
  jpeg_create_compress(&state);
  jpeg_mem_dest(&state, &encoder.file, &encoder.size);
  state.image_width = static_cast<JDIMENSION>(image.width);
  state.image_height = static_cast<JDIMENSION>(image.height);
  state.input_components = static_cast<int>(image.channels);
  state.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, quality, TRUE);
  jpeg_start_compress(&state, TRUE);
  const auto row = static_cast<size_t>(image.width * image.channels);
  while (state.next_scanline < state.image_height) {
    JSAMPROW line = encoder.samples.data() + state.next_scanline * row;
    jpeg_write_scanlines(&state, &line, 1);
  }
  jpeg_finish_compress(&state);
  return true;
}

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  Encoder encoder;
  encoder.samples.resize(image.pixels.size());
  std::transform(
      image.pixels.begin(), image.pixels.end(), encoder.samples.begin(), [](float value) {
        return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));
      });
  MEDGRAFT_CHECK(run(encoder, image, quality), "libjpeg refused ", image.width, " x ",
                 image.height, " pixels");
  return {reinterpret_cast<const char*>(encoder.file), encoder.size};
}

}  // namespace medgraft::image
