#include "medgraft/image/intensity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Image picture(const std::string& name) {
  const auto bytes = read_file(kFolder / name);
  return decode(std::as_bytes(std::span(bytes))).value();
}

void expect_golden(const Image& image, const std::string& name, float tolerance) {
  const auto expected = read_golden(kFolder / name);
  ASSERT_EQ(image.pixels.size(), expected.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    ASSERT_NEAR(image.pixels[i], expected.pixels[i], tolerance) << name << " " << i;
  }
}

TEST(Intensity, AdjustsByDefinition) {
  const Image image{1, 2, 3, {0.2F, 0.4F, 0.6F, 0.8F, 0.8F, 0.8F}};
  EXPECT_FLOAT_EQ(adjust_brightness(image, 1.5F).pixels[0], 0.3F);
  EXPECT_FLOAT_EQ(adjust_brightness(image, 1.5F).pixels[3], 1.0F);  // Stays in [0, 1].
  const float gray = 0.299F * 0.2F + 0.587F * 0.4F + 0.114F * 0.6F;
  EXPECT_NEAR(adjust_saturation(image, 0).pixels[2], gray, 1e-6);
  EXPECT_NEAR(adjust_contrast(image, 0).pixels[5], (gray + 0.8F) / 2, 1e-6);
}

TEST(Intensity, EqualizesAsRanksSay) {
  expect_golden(equalize(picture("rgb8.png")), "equalized_rgb8.f32", 1e-6F);
  expect_golden(equalize(picture("gray16.png")), "equalized_gray16.f32", 1e-6F);
}

TEST(Intensity, EqualizesInTilesAsNumPyDoes) {
  expect_golden(equalize_locally(picture("gray16.png"), 3, 4), "clahe_gray16.f32", 1e-5F);
}

TEST(Intensity, LeavesAnImageOfOneValueAlone) {
  const Image flat{3, 4, 1, std::vector<float>(12, 0.25F)};
  EXPECT_EQ(equalize(flat).pixels, flat.pixels);
  const Image dot{1, 1, 1, {0.5F}};
  EXPECT_EQ(equalize_locally(dot, 2, 8).pixels.size(), 1U);
}

TEST(Intensity, TurnsTheHueAsColorsysDoes) {
  expect_golden(adjust_hue(picture("rgb8.png"), -0.3F), "hue_rgb8.f32", 1e-5F);
  const Image gray{1, 1, 3, {0.4F, 0.4F, 0.4F}};
  EXPECT_EQ(adjust_hue(gray, 0.2F).pixels, gray.pixels);
}

TEST(Intensity, BlursAsSciPyDoes) {
  expect_golden(blur(picture("rgb8.png"), 1.7), "blurred_rgb8.f32", 1e-5F);
  const auto image = picture("rgb8.png");
  EXPECT_EQ(blur(image, 0).pixels, image.pixels);
}

TEST(Intensity, AddsNoiseOfTheStatedDeviation) {
  const Image gray{200, 200, 1, std::vector<float>(40000, 0.5F)};
  Rng rng(3), same(3);
  const auto noisy = add_noise(gray, 0.05, rng);
  EXPECT_EQ(add_noise(gray, 0.05, same).pixels, noisy.pixels);
  double sum = 0, squares = 0;
  for (const float value : noisy.pixels) {
    sum += value - 0.5;
    squares += (value - 0.5) * (value - 0.5);
  }
  EXPECT_NEAR(sum / 40000, 0, 5 * 0.05 / 200);  // Five standard errors.
  EXPECT_NEAR(std::sqrt(squares / 40000), 0.05, 5 * 0.05 / 283);
  Rng wild(4);
  for (const float value : add_noise(gray, 1, wild).pixels) {
    EXPECT_TRUE(value >= 0 && value <= 1);
  }
}

TEST(Intensity, RaisesToAPower) {
  const Image image{1, 3, 1, {0, 0.25F, 1}};
  EXPECT_EQ(adjust_gamma(image, 0.5F).pixels, (std::vector<float>{0, 0.5F, 1}));
}

}  // namespace
}  // namespace medgraft::image
