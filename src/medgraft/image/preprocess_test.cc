#include "medgraft/image/preprocess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Image picture() {
  const auto bytes = read_file(kFolder / "rgb8.png");
  return decode(std::as_bytes(std::span(bytes))).value();
}

/// @return values that tell every pixel and channel of 8 x 6 apart.
Image ramp() {
  Image image{8, 6, 3, {}};
  for (int i = 0; i < 8 * 6 * 3; ++i) image.pixels.push_back(static_cast<float>(i) / 144);
  return image;
}

std::string complaint(const std::string& program) {
  try {
    Program::parse(program);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Program, GivesWhatPillowGives) {
  const auto program =
      Program::parse("decode|resize(12,16)|center_crop(10)|to_rgb|normalize(-1,1)");
  const auto image = program.run(picture(), 0);
  const auto expected = read_golden(kFolder / "program_rgb8.f32");
  ASSERT_EQ(image.pixels.size(), expected.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    ASSERT_NEAR(image.pixels[i], expected.pixels[i], 1e-5);
  }
}

TEST(Program, HasACanonicalText) {
  const std::pair<const char*, const char*> kTexts[] = {
      {" decode | resize( 40 ) | hflip ", "decode|resize(40)|hflip"},
      {"decode|resize(40,40)|hflip(0.5)|vflip(0.250)",
       "decode|resize(40)|hflip|vflip(0.25)"},
      {"decode|resize(40,30)|grayscale", "decode|resize(40,30)|to_gray"},
      {"decode|inception_crop(32,0.05,1)", "decode|inception_crop(32)"},
      {"decode|random_resized_crop(32,0.08,0.5)",
       "decode|random_resized_crop(32,0.08,0.5)"},
      {"decode|color_jitter(0.2,0)|normalize(-1.0,1)",
       "decode|color_jitter(0.2)|normalize(-1,1)"},
      {"decode|crop_foreground()|orient( left )", "decode|crop_foreground|orient(left)"},
      {"decode|crop_foreground(0)|orient(right)",
       "decode|crop_foreground(0)|orient(right)"},
      {"decode|clahe(2,8)|affine(10,0,0.10)", "decode|clahe|affine(10,0,0.1)"},
  };
  for (const auto& [written, canonical] : kTexts) {
    EXPECT_EQ(Program::parse(written).text(), canonical);
    EXPECT_EQ(Program::parse(canonical).text(), canonical);
  }
}

TEST(Program, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> kCases[] = {
      {"resize(4)", "does not start with decode"},
      {"", "empty step"},
      {"decode||hflip", "empty step"},
      {"decode|decode", "twice"},
      {"decode|resise(4)", "did you mean \"resize\""},
      {"decode|resize", "has 0 arguments"},
      {"decode|resize(0)", "whole numbers of pixels"},
      {"decode|resize(4.5)", "whole numbers of pixels"},
      {"decode|resize(1e9)", "whole numbers of pixels"},
      {"decode|resize(4", "closing parenthesis"},
      {"decode|resize(a)", "not a number"},
      {"decode|to_rgb(3)", "has 1 arguments"},
      {"decode|hflip(2)", "probability"},
      {"decode|normalize(1,1)", "two different numbers"},
      {"decode|normalize(0,nan)", "two different numbers"},
      {"decode|normalize(-1,1)|color_jitter(0.1)", "before normalize"},
      {"decode|inception_crop(32,0.9,0.1)", "low <= high"},
      {"decode|orient", "has 0 arguments"},
      {"decode|orient(up)", "neither left nor right"},
      {"decode|crop_foreground(-1)", "a grey value from 0 to below 1"},
      {"decode|crop_foreground(1)", "a grey value from 0 to below 1"},
      {"decode|affine(10,2)", "a share of the side from 0 to 1"},
      {"decode|affine(10,0,1)", "a spread of the scale from 0 to 0.9"},
      {"decode|color_jitter(0,0,0,0.6)", "the fourth to 0.5"},
      {"decode|gamma(0.5)", "a number from 1 to 10"},
      {"decode|blur(-1)", "a number of pixels from 0 to 64"},
      {"decode|noise(2)", "a standard deviation from 0 to 1"},
      {"decode|clahe(0.5)", "a limit from 1 to 100"},
      {"decode|normalize(-1,1)|equalize", "before normalize"},
  };
  for (const auto& [program, expected] : kCases) {
    EXPECT_NE(complaint(program).find(expected), std::string::npos)
        << program << ": " << complaint(program);
  }
}

TEST(Program, DrawsFromTheKeyAlone) {
  const auto program = Program::parse(
      "decode|resize(16)|random_crop(12)|hflip|vflip|rotate(20)|color_jitter(0.3,0.3,0.3)"
      "|"
      "inception_crop(8)|normalize(-1,1)");
  EXPECT_TRUE(program.is_random());
  EXPECT_EQ(program.fixed_text(), "decode|resize(16)");
  const auto first = program.run(picture(), 5);
  EXPECT_EQ(program.run(picture(), 5).pixels, first.pixels);
  EXPECT_NE(program.run(picture(), 6).pixels, first.pixels);
  EXPECT_EQ(program.run_rest(program.run_fixed(picture()), 5).pixels, first.pixels);
  EXPECT_FALSE(Program::parse("decode|resize(16)|to_rgb").is_random());
}

TEST(Program, EndsTheFixedStepsBeforeACorruption) {
  const auto program = Program::parse("decode|resize(16)|corrupt_blur(3)|to_rgb");
  EXPECT_EQ(program.fixed_text(), "decode|resize(16)");
  EXPECT_FALSE(program.is_random());
}

TEST(Program, DrawsEveryAugmentationInsideItsRange) {
  for (const auto* step : {"affine(20,0.2,0.2,10)", "gamma(2)", "blur(1.5)", "noise(0.2)",
                           "color_jitter(0.3,0.3,0.3,0.2)"}) {
    SCOPED_TRACE(step);
    const auto program = Program::parse(medgraft::text("decode|", step));
    EXPECT_TRUE(program.is_random());
    const auto first = program.run(picture(), 1);
    EXPECT_EQ(program.run(picture(), 1).pixels, first.pixels);
    EXPECT_NE(program.run(picture(), 2).pixels, first.pixels);
    for (const float value : first.pixels) ASSERT_TRUE(value >= 0 && value <= 1.00001F);
  }
  const auto none = Program::parse("decode|affine(0)|gamma(1)|blur(0)|noise(0)");
  EXPECT_EQ(none.run(picture(), 1).pixels, picture().pixels);
}

TEST(Program, CropsEveryPlaceAndFlipsHalfTheTime) {
  const auto crop = Program::parse("decode|random_crop(6,4)");
  const auto flip = Program::parse("decode|hflip");
  const auto image = ramp();
  std::vector<float> corners;
  int flipped = 0;
  constexpr int kDraws = 2000;
  for (uint64_t key = 0; key < kDraws; ++key) {
    corners.push_back(crop.run(image, key).pixels.front());
    const auto out = flip.run(image, key);
    if (out.pixels != image.pixels) {
      ++flipped;
      ASSERT_EQ(out.at(2, 1, 0), image.at(2, 4, 0));
    }
  }
  std::sort(corners.begin(), corners.end());
  corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
  EXPECT_EQ(corners.size(), 9U);          // 3 x 3 places of 6 x 4 in 8 x 6.
  EXPECT_NEAR(flipped, kDraws / 2, 112);  // Five standard deviations.
}

TEST(Program, CutsAreasOfTheStatedSize) {
  const auto program = Program::parse("decode|random_resized_crop(5,0.25,0.25)");
  Image image{64, 64, 1, std::vector<float>(64 * 64)};
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<float>(i % 64) / 64;  // A gradient along x.
  }
  double width = 0;
  for (uint64_t key = 0; key < 200; ++key) {
    const auto out = program.run(image, key);
    ASSERT_EQ(out.height, 5);
    ASSERT_EQ(out.width, 5);
    // The filters of these two columns lie inside; they are 2/5 of the width apart.
    width += (out.at(0, 3, 0) - out.at(0, 1, 0)) * 64 * 5 / 2 / 200;
  }
  // sqrt(area x aspect), its logarithm symmetric about 32.
  EXPECT_NEAR(width, 32, 1.5);
}

TEST(Program, RefusesACropLargerThanTheImage) {
  EXPECT_THROW(Program::parse("decode|random_crop(20)").run(picture(), 0), UserError);
  EXPECT_THROW(Program::parse("decode|center_crop(20)").run(picture(), 0), UserError);
}

TEST(Program, MakesAWindowPartOfDecode) {
  using Kind = Window::Kind;
  const std::tuple<const char*, const char*, Window> kCases[] = {
      {"decode|resize(4)", "decode|resize(4)", {Kind::kAuto}},
      {"decode|window(auto)|resize(4)", "decode|resize(4)", {Kind::kAuto}},
      {"decode| window( first )", "decode|window(first)", {Kind::kFirst}},
      {"decode|window(40.0,400)", "decode|window(40,400)", {Kind::kFixed, 40, 400}},
      {"decode|window(percentile)",
       "decode|window(percentile)",
       {Kind::kPercentile, 1, 99}},
      {"decode|window(percentile,1,99)",
       "decode|window(percentile)",
       {Kind::kPercentile, 1, 99}},
      {"decode|window(percentile,0.5,99.5)|hflip",
       "decode|window(percentile,0.5,99.5)|hflip",
       {Kind::kPercentile, 0.5, 99.5}}};
  for (const auto& [written, canonical, window] : kCases) {
    SCOPED_TRACE(written);
    const auto program = Program::parse(written);
    EXPECT_EQ(program.text(), canonical);
    EXPECT_EQ(Program::parse(program.text()).text(), canonical);
    EXPECT_EQ(program.decode_options().window.kind, window.kind);
    EXPECT_EQ(program.decode_options().window.first, window.first);
    EXPECT_EQ(program.decode_options().window.second, window.second);
  }
  EXPECT_EQ(Program::parse("decode|window(first)|hflip").fixed_text(),
            "decode|window(first)");
}

TEST(Program, RefusesAWindowThatMakesNoSense) {
  for (const auto* text :
       {"decode|resize(4)|window(auto)", "window(auto)|decode", "decode|window",
        "decode|window(40)", "decode|window(40,0)", "decode|window(40,nan)",
        "decode|window(percentile,5)", "decode|window(percentile,99,1)",
        "decode|window(soft)", "decode|window(first)|window(first)"}) {
    EXPECT_THROW(Program::parse(text), UserError) << text;
  }
}

}  // namespace
}  // namespace medgraft::image
