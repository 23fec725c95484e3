#include "medgraft/image/resize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";
constexpr std::pair<int, int> kSizes[] = {{8, 8},   {19, 50}, {40, 11},
                                          {64, 64}, {23, 19}, {1, 1}};

TEST(Resize, EqualsPillowInFloatAndStaysWithinALevelOfItsBytePath) {
  const auto input = read_golden(kFolder / "resize_input.f32");  // Values 0 to 255.
  for (const auto& [height, width] : kSizes) {
    SCOPED_TRACE(text(height, " x ", width));
    const auto suffix = text(height, "x", width, ".f32");
    const auto exact = read_golden(kFolder / ("resize_float_" + suffix));
    const auto rounded = read_golden(kFolder / ("resize_byte_" + suffix));
    const auto image = resize(input, height, width);
    ASSERT_EQ(image.pixels.size(), exact.pixels.size());
    for (size_t i = 0; i < image.pixels.size(); ++i) {
      ASSERT_NEAR(image.pixels[i], exact.pixels[i], 1e-3);
      ASSERT_LE(std::abs(image.pixels[i] - rounded.pixels[i]), 1.0F);
    }
  }
}

TEST(Resize, TreatsChannelsAlike) {
  const auto gray = read_golden(kFolder / "resize_input.f32");
  Image color{gray.height, gray.width, 3, {}};
  for (const float value : gray.pixels) {
    color.pixels.insert(color.pixels.end(), {value, 2 * value, 255 - value});
  }
  const auto small = resize(color, 9, 14), expected = resize(gray, 9, 14);
  for (size_t i = 0; i < expected.pixels.size(); ++i) {
    EXPECT_FLOAT_EQ(small.pixels[3 * i], expected.pixels[i]);
    EXPECT_FLOAT_EQ(small.pixels[3 * i + 1], 2 * expected.pixels[i]);
    EXPECT_NEAR(small.pixels[3 * i + 2], 255 - expected.pixels[i], 1e-4);
  }
}

TEST(Resize, LeavesAnImageOfTheSameSizeAlone) {
  const auto input = read_golden(kFolder / "resize_input.f32");
  EXPECT_EQ(resize(input, input.height, input.width).pixels, input.pixels);
}

}  // namespace
}  // namespace medgraft::image
