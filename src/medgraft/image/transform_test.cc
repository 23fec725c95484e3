#include "medgraft/image/transform.h"

#include <gtest/gtest.h>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"
#include "medgraft/image/encode_png.h"
#include "medgraft/image/resize.h"

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

TEST(Transform, WarpsAsSciPyDoes) {
  const auto warped = warp(
      picture(),
      {.degrees = 25, .scale = 1.2, .shear_degrees = 12, .down = 1.5, .right = -2.25});
  const auto expected = read_golden(kFolder / "warped_rgb8.f32");  // The red channel.
  ASSERT_EQ(warped.height * warped.width, static_cast<int64_t>(expected.pixels.size()));
  for (int64_t y = 0; y < warped.height; ++y) {
    for (int64_t x = 0; x < warped.width; ++x) {
      ASSERT_NEAR(warped.at(y, x, 0), expected.at(y, x, 0), 1e-5) << y << " " << x;
    }
  }
}

TEST(Transform, KeepsTheOrientationAndTurnsItWithTheImage) {
  auto image = picture();
  image.orientation = {"L", "PF"};
  EXPECT_EQ(flip_horizontally(image).orientation.row_direction, "AH");
  EXPECT_EQ(flip_horizontally(image).orientation.laterality, "L");
  for (const auto& after :
       {flip_vertically(image), crop(image, 1, 1, 4, 4), letterbox(image, 8, 8),
        rotate(image, 10), to_gray(image), to_rgb(to_gray(image)), resize(image, 5, 6)}) {
    EXPECT_EQ(after.orientation.row_direction, "PF");
    EXPECT_EQ(after.orientation.laterality, "L");
  }
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
