#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"
#include "medgraft/image/resize.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

Image decode_file(const std::string& name, const DecodeOptions& options) {
  const auto bytes = read_file(kFolder / name);
  return decode(std::as_bytes(std::span(bytes)), options).value();
}

TEST(DecodeSize, GivesTheBitsOfDecodingThenResizing) {
  for (const auto* name :
       {"gray1.png", "gray16.png", "la8.png", "palette4.png", "rgb8.png", "rgba16.png",
        "rgb8_adam7.png", "gray16_adam7.png", "gray.jpg", "rgb420.jpg", "progressive.jpg",
        "cmyk.jpg", "exif3.jpg", "exif6_rgb.jpg"}) {
    const auto whole = decode_file(name, {});
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{7, 9},
                                        {1, 1},
                                        {30, 8},
                                        {5, 60},
                                        {70, 80},
                                        {19, 23}}) {
      SCOPED_TRACE(text(name, " to ", height, " x ", width));
      const auto small = decode_file(name, {.size = Size{height, width}});
      EXPECT_EQ(small.height, height);
      EXPECT_EQ(small.width, width);
      EXPECT_EQ(small.pixels, resize(whole, height, width).pixels);
    }
  }
}

// Two photographs (ATTRIBUTION.md there) of 481 x 321 and 213 x 321 pixels.
TEST(DecodeSize, StaysInsideTheBoundWhereItReduces) {
  for (const auto* name : {"flower.jpg", "china.jpg"}) {
    int reduced = 0;
    for (const int64_t side : {12, 16, 21, 26, 32, 40, 64}) {
      SCOPED_TRACE(text(name, " to ", side));
      const auto exact = decode_file(name, {.size = Size{side, side}});
      const auto fast = decode_file(name, {.size = Size{side, side}, .may_reduce = true});
      double sum = 0;
      for (size_t i = 0; i < exact.pixels.size(); ++i) {
        sum += std::abs(exact.pixels[i] - fast.pixels[i]);
      }
      const double mean = 255 * sum / static_cast<double>(exact.pixels.size());
      EXPECT_LT(mean, 1.5);
      reduced += mean > 0;
    }
    EXPECT_GE(reduced, 3);  // The larger sides leave nothing to reduce.
  }
}

}  // namespace
}  // namespace medgraft::image
