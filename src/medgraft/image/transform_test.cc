#include "medgraft/image/transform.h"

#include <gtest/gtest.h>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"
#include "medgraft/image/encode_png.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Image picture() {
  const auto bytes = read_file(kFolder / "rgb8.png");
  return decode(std::as_bytes(std::span(bytes))).value();
}

TEST(Transform, TurnsToGrayAsPillowDoes) {
  const auto gray = to_gray(picture());
  const auto expected = read_golden(kFolder / "luma_rgb8.f32");  // Rounded to 8 bits.
  ASSERT_EQ(gray.pixels.size(), expected.pixels.size());
  for (size_t i = 0; i < gray.pixels.size(); ++i) {
    ASSERT_NEAR(gray.pixels[i], expected.pixels[i], 1.0 / 255);
  }
}

TEST(Transform, RotatesAsPillowDoesAwayFromTheBorder) {
  const auto turned = rotate(picture(), 30);
  const auto expected = read_golden(kFolder / "rotated_rgb8.f32");  // The red channel.
  const double middle_y = 9, middle_x = 11;
  int compared = 0;
  for (int64_t y = 0; y < turned.height; ++y) {
    for (int64_t x = 0; x < turned.width; ++x) {
      const auto dy = static_cast<double>(y) - middle_y,
                 dx = static_cast<double>(x) - middle_x;
      if (dy * dy + dx * dx > 64) continue;
      ++compared;
      ASSERT_NEAR(turned.at(y, x, 0), expected.at(y, x, 0), 1e-4) << y << " " << x;
    }
  }
  EXPECT_GT(compared, 150);
}

TEST(Transform, KeepsAnImageTurnedByNothing) {
  const auto image = picture();
  EXPECT_EQ(rotate(image, 0).pixels, image.pixels);
  EXPECT_EQ(flip_vertically(flip_vertically(image)).pixels, image.pixels);
  EXPECT_EQ(flip_horizontally(flip_horizontally(image)).pixels, image.pixels);
}

TEST(Transform, LetterboxKeepsTheAspectAndFillsWithBlack) {
  Image wide{4, 8, 1, std::vector<float>(32, 1.0F)};
  const auto boxed = letterbox(wide, 16, 16);
  ASSERT_EQ(boxed.height, 16);
  ASSERT_EQ(boxed.width, 16);
  for (int64_t y = 0; y < 16; ++y) {
    const bool inside = y >= 4 && y < 12;
    for (int64_t x = 0; x < 16; ++x) EXPECT_EQ(boxed.at(y, x, 0), inside ? 1.0F : 0.0F);
  }
}

TEST(Transform, AdjustsByDefinition) {
  const Image image{1, 2, 3, {0.2F, 0.4F, 0.6F, 0.8F, 0.8F, 0.8F}};
  EXPECT_FLOAT_EQ(adjust_brightness(image, 1.5F).pixels[0], 0.3F);
  EXPECT_FLOAT_EQ(adjust_brightness(image, 1.5F).pixels[3], 1.0F);  // Stays in [0, 1].
  const float gray = 0.299F * 0.2F + 0.587F * 0.4F + 0.114F * 0.6F;
  EXPECT_NEAR(adjust_saturation(image, 0).pixels[2], gray, 1e-6);
  EXPECT_NEAR(adjust_contrast(image, 0).pixels[5], (gray + 0.8F) / 2, 1e-6);
}

TEST(Transform, WritesAPngThatReadsBack) {
  const auto image = picture();
  const auto file = encode_png(image);
  EXPECT_EQ(decode(std::as_bytes(std::span(file))).value().pixels, image.pixels);
  const auto gray = to_gray(image);
  const auto gray_file = encode_png(gray);
  EXPECT_EQ(decode(std::as_bytes(std::span(gray_file))).value().channels, 1);
}

}  // namespace
}  // namespace medgraft::image
