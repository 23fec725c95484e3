#include "medgraft/image/encode_png.h"

#include <spng.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

struct ContextCloser {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

struct Release {
  void operator()(void* memory) const { std::free(memory); }
};

}  // namespace

std::string encode_png(const Image& image) {
  std::vector<uint8_t> bytes(image.pixels.size());
  std::transform(
      image.pixels.begin(), image.pixels.end(), bytes.begin(), [](float value) {
        return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));
      });
  const std::unique_ptr<spng_ctx, ContextCloser> context(spng_ctx_new(SPNG_CTX_ENCODER));
  MEDGRAFT_CHECK(context != nullptr, "spng");
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(image.width);
  header.height = static_cast<uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type =
      image.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  spng_set_ihdr(context.get(), &header);
  int code = spng_encode_image(context.get(), bytes.data(), bytes.size(), SPNG_FMT_PNG,
                               SPNG_ENCODE_FINALIZE);
  MEDGRAFT_CHECK(code == 0, "spng: ", spng_strerror(code));
  size_t size = 0;
  const std::unique_ptr<void, Release> file(
      spng_get_png_buffer(context.get(), &size, &code));
  MEDGRAFT_CHECK(file != nullptr, "spng: ", spng_strerror(code));
  return {static_cast<const char*>(file.get()), size};
}

}  // namespace medgraft::image
