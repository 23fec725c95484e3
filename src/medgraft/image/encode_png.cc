#include "medgraft/image/encode_png.h"

#include <spng.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
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

template <class Sample>
std::vector<Sample> levels(const Image& image) {
  constexpr float kRange = std::numeric_limits<Sample>::max();
  std::vector<Sample> samples(image.pixels.size());
  std::transform(
      image.pixels.begin(), image.pixels.end(), samples.begin(), [](float value) {
        return static_cast<Sample>(std::lround(std::clamp(value, 0.0F, 1.0F) * kRange));
      });
  return samples;
}

template <class Sample>
std::string encode(const std::vector<Sample>& samples, const Image& image) {
  const std::unique_ptr<spng_ctx, ContextCloser> context(spng_ctx_new(SPNG_CTX_ENCODER));
  MEDGRAFT_CHECK(context != nullptr, "spng");
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(image.width);
  header.height = static_cast<uint32_t>(image.height);
  header.bit_depth = 8 * sizeof(Sample);
  header.color_type =
      image.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  spng_set_ihdr(context.get(), &header);
  int code =
      spng_encode_image(context.get(), samples.data(), samples.size() * sizeof(Sample),
                        SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  MEDGRAFT_CHECK(code == 0, "spng: ", spng_strerror(code));
  size_t size = 0;
  const std::unique_ptr<void, Release> file(
      spng_get_png_buffer(context.get(), &size, &code));
  MEDGRAFT_CHECK(file != nullptr, "spng: ", spng_strerror(code));
  return {static_cast<const char*>(file.get()), size};
}

}  // namespace

std::string encode_png(const Image& image, int bits) {
  MEDGRAFT_CHECK(bits == 8 || bits == 16, "a PNG of ", bits, " bits");
  return bits == 8 ? encode(levels<uint8_t>(image), image)
                   : encode(levels<uint16_t>(image), image);
}

}  // namespace medgraft::image
