#include "medgraft/image/decode/decode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "medgraft/image/decode/exif.h"
#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Result<Image> decode_file(const std::string& name) {
  const auto bytes = read_file(kFolder / name);
  return decode(std::as_bytes(std::span(bytes)));
}

void expect_equal(const Image& image, const Image& expected, float tolerance) {
  ASSERT_EQ(image.height, expected.height);
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.channels, expected.channels);
  ASSERT_EQ(image.pixels.size(), expected.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    ASSERT_NEAR(image.pixels[i], expected.pixels[i], tolerance) << "value " << i;
  }
}

TEST(Decode, ReadsEveryKindOfPngAsPillowAndItsDefinitionDo) {
  for (const auto* name :
       {"gray1.png", "gray2.png", "gray4.png", "gray8.png", "gray16.png", "la8.png",
        "palette4.png", "rgb8.png", "rgb8_adam7.png", "rgb16_gamma.png", "rgba8.png",
        "palette1_trns.png", "palette2_trns.png", "palette8_trns.png", "gray8_trns.png",
        "rgba16.png", "la16.png", "gray16_adam7.png", "rgb8_profile.png"}) {
    SCOPED_TRACE(name);
    auto image = decode_file(name);
    ASSERT_TRUE(image.has_value()) << image.error().reason;
    expect_equal(image.value(), read_golden(kFolder / (std::string(name) + ".f32")),
                 1e-7F);
  }
}

TEST(Decode, ReadsJpegAsPillowDoes) {
  // Equal but for one level where the two builds of libjpeg-turbo round otherwise.
  for (const auto* name :
       {"gray.jpg", "rgb444.jpg", "rgb420.jpg", "progressive.jpg", "cmyk.jpg",
        "exif2.jpg", "exif3.jpg", "exif4.jpg", "exif5.jpg", "exif6.jpg", "exif7.jpg",
        "exif8.jpg", "rgb422.jpg", "gray_progressive.jpg", "adobe_rgb.jpg", "ycck.jpg",
        "exif1.jpg", "exif6_rgb.jpg"}) {
    SCOPED_TRACE(name);
    auto image = decode_file(name);
    ASSERT_TRUE(image.has_value()) << image.error().reason;
    expect_equal(image.value(), read_golden(kFolder / (std::string(name) + ".f32")),
                 1.001F / 255);
  }
}

TEST(Decode, StatesInTheHeaderWhatItDecodes) {
  for (const auto* name : {"gray16.png", "palette4.png", "rgb420.jpg", "exif6.jpg"}) {
    SCOPED_TRACE(name);
    const auto bytes = read_file(kFolder / name);
    auto header = read_header(std::as_bytes(std::span(bytes)));
    auto image = decode_file(name);
    ASSERT_TRUE(header.has_value() && image.has_value());
    EXPECT_EQ(header.value().height, image.value().height);
    EXPECT_EQ(header.value().width, image.value().width);
    EXPECT_EQ(header.value().channels, image.value().channels);
    EXPECT_EQ(header.value().bit_depth, std::string(name) == "gray16.png" ? 16 : 8);
  }
}

TEST(Decode, RefusesDamagedFilesWithAReason) {
  const std::pair<const char*, const char*> kCases[] = {
      {"bad_huge.png", "at most"},
      {"bad_claim.png", "cannot hold"},
      {"bad_truncated.png", "damaged"},
      {"bad_checksum.png", "damaged"},
      {"bad_truncated.jpg", "damaged"},
      {"bad_claim.jpg", "cannot hold"},
      {"bad_text.png", "not a PNG, JPEG or DICOM"},
      {"bad_empty.png", "empty"}};
  for (const auto& [name, reason] : kCases) {
    SCOPED_TRACE(name);
    const auto image = decode_file(name);
    ASSERT_FALSE(image.has_value());
    EXPECT_NE(image.error().reason.find(reason), std::string::npos)
        << image.error().reason;
  }
}

TEST(Decode, RefusesSidesOf60000PixelsBeforeAllocating) {
  const std::string sides("\xEA\x60\xEA\x60", 4);
  auto jpeg = read_file(kFolder / "rgb444.jpg");
  jpeg.replace(jpeg.find("\xFF\xC0") + 5, 4, sides);
  auto png = read_file(kFolder / "gray8.png");
  const std::string wide("\0\0\xEA\x60", 4);
  png.replace(16, 8, wide + wide);
  // The header's checksum, of these bytes.
  png.replace(29, 4, std::string("\xA5\xB9\x2A\x9E", 4));
  for (const auto& [bytes, name] : {std::pair{jpeg, "JPEG"}, {png, "PNG"}}) {
    const auto image = decode(std::as_bytes(std::span(bytes)));
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error().reason,
              name + std::string(" of 60000 x 60000 pixels; at most 268435456 are read"));
  }
}

TEST(Decode, FindsNoOrientationInDirectoriesThatLeadNowhere) {
  const auto orientation = [](const std::string& tiff) {
    const std::string segment = std::string("Exif\0\0", 6) + tiff;
    return exif_orientation(std::as_bytes(std::span(segment)));
  };
  const std::string start("II*\0\x08\0\0\0", 8), end("II*\0\xF8\xFF\xFF\xFF", 8);
  const std::string entry("\x12\1\3\0\1\0\0\0\6\0\0\0", 12);
  EXPECT_EQ(orientation(start + std::string("\1\0", 2) + entry), 6);
  EXPECT_EQ(orientation(start + std::string("\1\0", 2) + entry.substr(0, 11)), 1);
  EXPECT_EQ(orientation(end + std::string("\1\0", 2) + entry), 1);
  // 65,535 entries, of which the directory that follows is this one.
  const std::string other("\x13\1\3\0\1\0\0\0\x08\0\0\0", 12);
  EXPECT_EQ(orientation(start + "\xFF\xFF" + other + std::string("\x08\0\0\0", 4)), 1);
}

TEST(Decode, RefusesAProgressiveJpegOfVeryManyScans) {
  const auto file = read_file(kFolder / "progressive.jpg");
  // The first scan, which takes no other scan's results, up to the next one's tables.
  const auto first = file.find("\xFF\xDA");
  const auto scan = file.substr(first, file.find("\xFF\xC4", first) - first);
  const auto with_scans = [&](int more) {
    auto longer = file.substr(0, file.size() - 2);
    for (int i = 0; i < more; ++i) longer += scan;
    return longer + "\xFF\xD9";
  };
  const auto some = with_scans(50), many = with_scans(100);
  EXPECT_TRUE(decode(std::as_bytes(std::span(some))).has_value());
  const auto image = decode(std::as_bytes(std::span(many)));
  ASSERT_FALSE(image.has_value());
  EXPECT_EQ(image.error().reason, "damaged JPEG: more than 100 scans");
}

TEST(Decode, SurvivesEveryTruncationAndManyBitErrors) {
  for (const auto* name :
       {"palette4.png", "rgb8_adam7.png", "progressive.jpg", "exif6.jpg", "cmyk.jpg"}) {
    SCOPED_TRACE(name);
    const auto whole = read_file(kFolder / name);
    int refused = 0;
    for (size_t size = 0; size < whole.size(); size += 7) {
      refused += !decode(std::as_bytes(std::span(whole).first(size))).has_value();
    }
    EXPECT_GE(refused,
              static_cast<int>(whole.size() / 7) - 2);  // Only trailing bytes may go.
    for (size_t at = 0; at < whole.size(); at += 3) {
      auto broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ (1 << at % 8));
      auto image = decode(std::as_bytes(std::span(broken)));
      if (!image) continue;
      const auto& got = image.value();
      EXPECT_EQ(got.pixels.size(),
                static_cast<size_t>(got.height * got.width * got.channels));
    }
  }
}

TEST(Decode, AppliesAWindowInStoredUnits) {
  const auto bytes = read_file(kFolder / "gray16.png");
  DecodeOptions options;
  options.window = {Window::Kind::kFixed, 30000, 20001};
  auto plain = decode_file("gray16.png");
  auto image = decode(std::as_bytes(std::span(bytes)), options);
  ASSERT_TRUE(plain.has_value() && image.has_value());
  for (size_t i = 0; i < plain.value().pixels.size(); ++i) {
    const double stored = plain.value().pixels[i] * 65535.0;
    const double expected = (stored - 29999.5) / 20000 + 0.5;
    ASSERT_NEAR(image.value().pixels[i], std::clamp(expected, 0.0, 1.0), 1e-6);
  }
  options.window = {Window::Kind::kFirst};
  EXPECT_EQ(decode(std::as_bytes(std::span(bytes)), options).value().pixels,
            plain.value().pixels);
}

}  // namespace
}  // namespace medgraft::image
