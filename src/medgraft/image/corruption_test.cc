#include "medgraft/image/corruption.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Image picture(const std::string& name) {
  const auto bytes = read_file(kFolder / name);
  return decode(std::as_bytes(std::span(bytes))).value();
}

// As tests/goldens/corruptions.py draws it.
Image large_picture() {
  Image image{300, 360, 1, std::vector<float>(300 * 360)};
  for (int64_t y = 0; y < 300; ++y) {
    for (int64_t x = 0; x < 360; ++x) {
      const auto v = static_cast<double>(y), h = static_cast<double>(x);
      const bool in_box = y >= 100 && y < 160 && x >= 120 && x < 200;
      image.at(y, x, 0) = static_cast<float>(
          in_box ? 0.9
                 : 0.5 + 0.4 * std::sin(0.13 * h + 0.002 * v * v) * std::cos(0.21 * v));
    }
  }
  return image;
}

// @param stride the golden has every stride-th row and column.
void expect_golden(const Image& image, const std::string& name, int64_t stride,
                   float tolerance) {
  const auto expected = read_golden(kFolder / ("corrupted_" + name + ".f32"));
  ASSERT_EQ((image.height + stride - 1) / stride, expected.height);
  ASSERT_EQ((image.width + stride - 1) / stride, expected.width);
  for (int64_t y = 0; y < expected.height; ++y) {
    for (int64_t x = 0; x < expected.width; ++x) {
      for (int64_t c = 0; c < expected.channels; ++c) {
        ASSERT_NEAR(image.at(y * stride, x * stride, c), expected.at(y, x, c), tolerance)
            << name << " " << y << " " << x << " " << c;
      }
    }
  }
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

Image corrupted(const Image& image, std::string_view name, int severity,
                uint64_t key = 1) {
  return Program::parse(text("decode|corrupt_", name, "(", severity, ")"))
      .run(image, key);
}

TEST(Corruption, MatchesSciPyAndPillow) {
  const auto small = picture("rgb8.png");
  expect_golden(corrupt_by_blur(small, 5), "blur5", 1, 1e-5F);
  expect_golden(corrupt_by_contrast(small, 3), "contrast3", 1, 1e-5F);
  expect_golden(corrupt_by_brightness(small, 4), "brightness4", 1, 1e-6F);
  expect_golden(corrupt_by_jpeg(small, 2), "jpeg2", 1, 1.0F / 255 + 1e-6F);
  expect_golden(smear(small, 9, 2.5, -25), "smeared", 1, 1e-5F);
  const auto large = large_picture();
  expect_golden(corrupt_by_blur(large, 3), "large_blur3", 16, 1e-5F);
  auto middle = large;
  middle.height = 150;
  middle.pixels.resize(150 * 360);
  expect_golden(corrupt_by_blur(middle, 2), "middle_blur2", 16, 1e-5F);
  expect_golden(smear(large, 15, 8, 30), "large_smeared", 16, 1e-5F);
}

TEST(Corruption, GrowsWithSeverityFromNothing) {
  for (const auto& image : {picture("rgb8.png"), large_picture()}) {
    for (const auto name : corruption_names()) {
      EXPECT_EQ(corrupted(image, name, 0).pixels, image.pixels) << name;
      double before = 0;
      for (int severity = 1; severity <= kMaximumSeverity; ++severity) {
        const auto worse = corrupted(image, name, severity);
        const double now = mean_difference(worse, image);
        EXPECT_GT(now, before) << name << " " << severity;
        before = now;
        for (const float value : worse.pixels) ASSERT_TRUE(value >= 0 && value <= 1);
      }
    }
  }
}

TEST(Corruption, AddsNoiseOfTheStatedDeviation) {
  const Image gray{200, 200, 1, std::vector<float>(40000, 0.5F)};
  Rng rng(3);
  double sum = 0, squares = 0;
  for (const float value : corrupt_by_noise(gray, 2, rng).pixels) {
    sum += value - 0.5;
    squares += (value - 0.5) * (value - 0.5);
  }
  EXPECT_NEAR(sum / 40000, 0, 5 * 0.08 / 200);  // Five standard errors.
  EXPECT_NEAR(std::sqrt(squares / 40000), 0.08, 5 * 0.08 / 283);
}

TEST(Corruption, KeepsAGreyPictureOfThreeChannelsGrey) {
  const Image gray{20, 20, 3, std::vector<float>(1200, 0.5F)};
  Rng rng(3);
  const auto noisy = corrupt_by_noise(gray, 5, rng);
  for (size_t i = 0; i < noisy.pixels.size(); i += 3) {
    ASSERT_EQ(noisy.pixels[i], noisy.pixels[i + 1]);
    ASSERT_EQ(noisy.pixels[i], noisy.pixels[i + 2]);
  }
}

TEST(Corruption, DependsOnTheKeyAlone) {
  const auto image = picture("rgb8.png");
  for (const auto name : {"noise", "motion"}) {
    EXPECT_EQ(corrupted(image, name, 3, 5).pixels, corrupted(image, name, 3, 5).pixels);
    EXPECT_NE(corrupted(image, name, 3, 5).pixels, corrupted(image, name, 3, 6).pixels);
  }
}

TEST(Corruption, GoesBehindTheResizeAndBeforeTheRest) {
  const auto with = [](const std::string& program) {
    return Program::parse(program).with_step_after_sizing("corrupt_noise(3)");
  };
  EXPECT_EQ(with("decode|resize(64)|to_rgb|normalize(-1,1)"),
            "decode|resize(64)|corrupt_noise(3)|to_rgb|normalize(-1,1)");
  EXPECT_EQ(
      with("decode|window(40,400)|letterbox(80)|center_crop(64)|to_rgb"),
      "decode|window(40,400)|letterbox(80)|center_crop(64)|corrupt_noise(3)|to_rgb");
  EXPECT_EQ(with("decode|window(auto)|to_rgb"), "decode|corrupt_noise(3)|to_rgb");
  EXPECT_EQ(with("decode"), "decode|corrupt_noise(3)");
  EXPECT_THROW(with("decode|normalize(0,2)|resize(64)"), UserError);
  EXPECT_THROW(Program::parse("decode|corrupt_blur(6)"), UserError);
  EXPECT_THROW(Program::parse("decode|corrupt_blur(1.5)"), UserError);
}

}  // namespace
}  // namespace medgraft::image
