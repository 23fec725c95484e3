#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

// The files and goldens are from tests/goldens/dicom.py.
const std::filesystem::path kFolder =
    std::filesystem::path(MEDGRAFT_TEST_DATA) / "image" / "dicom";

std::string file_bytes(const std::string& name) {
  return read_file(kFolder / (name + ".dcm"));
}

Result<Image> decode_bytes(const std::string& bytes, const DecodeOptions& options = {}) {
  return decode(std::as_bytes(std::span(bytes)), options);
}

DecodeOptions windowed_by(Window window) {
  DecodeOptions options;
  options.window = window;
  return options;
}

DecodeOptions of_frame(int64_t frame) {
  DecodeOptions options;
  options.frame = frame;
  return options;
}

Image decoded(const std::string& name, const DecodeOptions& options = {}) {
  auto image = decode_bytes(file_bytes(name), options);
  if (!image) ADD_FAILURE() << name << ": " << image.error().reason;
  return image ? std::move(image.value()) : Image{};
}

std::string refusal_of(const std::string& bytes, const DecodeOptions& options = {}) {
  const auto image = decode_bytes(bytes, options);
  return image ? "decoded" : image.error().reason;
}

// Goldens of large pictures keep every eighth row and column.
double worst_difference(const Image& image, const std::string& golden_name) {
  const auto golden = read_golden(kFolder / (golden_name + ".f32"));
  const int64_t step = image.height == golden.height ? 1 : 8;
  EXPECT_EQ((image.height + step - 1) / step, golden.height);
  EXPECT_EQ((image.width + step - 1) / step, golden.width);
  EXPECT_EQ(image.channels, golden.channels);
  if (testing::Test::HasFailure()) return 1;
  double worst = 0;
  for (int64_t y = 0; y < golden.height; ++y) {
    for (int64_t x = 0; x < golden.width; ++x) {
      for (int64_t c = 0; c < golden.channels; ++c) {
        worst = std::max<double>(
            worst, std::abs(image.at(y * step, x * step, c) - golden.at(y, x, c)));
      }
    }
  }
  return worst;
}

// The first element with this tag and VR in explicit little endian.
std::string with_value(std::string bytes, const std::string& head, uint16_t value) {
  const auto at = bytes.find(head);
  EXPECT_NE(at, std::string::npos);
  bytes[at + 8] = static_cast<char>(value & 0xFF);
  bytes[at + 9] = static_cast<char>(value >> 8);
  return bytes;
}

const std::string kRows("\x28\x00\x10\x00US", 6);
const std::string kColumns("\x28\x00\x11\x00US", 6);
const std::string kBitsAllocated("\x28\x00\x00\x01US", 6);
const std::string kBitsStored("\x28\x00\x01\x01US", 6);

TEST(Dicom, DecodesLosslessFilesAsPydicomDoes) {
  for (const auto* name : {"CT_small",
                           "JLSL_16_15_1_1F",
                           "JPEG-LL",
                           "JPEGLSNearLossless_08",
                           "MR_small_RLE",
                           "MR_small_bigendian",
                           "MR_small_implicit",
                           "MR_small_jp2klossless",
                           "MR_small_jpeg_ls_lossless",
                           "SC_rgb_jpeg_gdcm",
                           "SC_rgb_rle_2frame",
                           "SC_rgb_rle_32bit",
                           "SC_rgb_small_odd_big_endian",
                           "big_endian",
                           "deflated",
                           "high_bits",
                           "image_dfl",
                           "inverted_padding",
                           "jpeg2000_signed",
                           "modality_lut",
                           "negative_slope",
                           "one_bit",
                           "palette_16",
                           "palette_8",
                           "palette_segmented",
                           "rgb_16",
                           "rgb_planar",
                           "rle_12",
                           "signed_32",
                           "signed_rescale",
                           "unsigned_32",
                           "voi_lut",
                           "window_linear",
                           "window_linear_exact",
                           "window_sigmoid",
                           "float"}) {
    SCOPED_TRACE(name);
    EXPECT_LT(worst_difference(decoded(name), name), 1e-7);
  }
}

TEST(Dicom, DecodesLossyColourWithinWhatDecodersDifferBy) {
  // pydicom rounds to whole levels behind the colour transform, and its JPEG decoder may
  // be one level off in each component before it.
  for (const auto* name :
       {"SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_small_odd_jpeg", "ybr_full", "ybr_422"}) {
    SCOPED_TRACE(name);
    EXPECT_LT(worst_difference(decoded(name), name), 0.51 / 255);
  }
  EXPECT_LT(worst_difference(decoded("SC_jpeg_no_color_transform"),
                             "SC_jpeg_no_color_transform"),
            1.01 / 255);
  EXPECT_LT(worst_difference(decoded("JPGExtended"), "JPGExtended"), 1.01 / 4095);
}

TEST(Dicom, KeepsEveryValueOfTheFile) {
  const auto image = decoded("MR_small_implicit");
  EXPECT_EQ(std::set<float>(image.pixels.begin(), image.pixels.end()).size(), 956U);
}

TEST(Dicom, TakesWindowAndSideFromTheFramesGroups) {
  for (const int64_t frame : {0, 1}) {
    const auto image = decoded("enhanced", of_frame(frame));
    EXPECT_LT(worst_difference(image, text("enhanced.", frame)), 1e-7);
    EXPECT_EQ(image.orientation.laterality, "L");
    EXPECT_EQ(image.orientation.row_direction, "A");
  }
}

TEST(Dicom, ReadsAnyFrameAndNoneBeyond) {
  const auto second = decoded("SC_rgb_rle_2frame", of_frame(1));
  EXPECT_LT(worst_difference(second, "SC_rgb_rle_2frame.1"), 1e-7);
  EXPECT_EQ(refusal_of(file_bytes("SC_rgb_rle_2frame"), of_frame(2)),
            "the file has 2 frames; frame 2 was asked for, counted from 0");
  EXPECT_EQ(refusal_of(file_bytes("CT_small"), of_frame(1)),
            "the file has 1 frame; frame 1 was asked for, counted from 0");
}

TEST(Dicom, AppliesTheWindowThatIsAskedFor) {
  const auto first = decoded("voi_lut", windowed_by({Window::Kind::kFirst}));
  const auto fixed = decoded("voi_lut", windowed_by({Window::Kind::kFixed, 100, 100}));
  EXPECT_EQ(first.pixels, fixed.pixels);  // 100, 100 is the file's own.
  EXPECT_NE(first.pixels, decoded("voi_lut").pixels);

  // PS3.3, C.11.2.1.2.1, on the stored values, which the plain file gives back.
  const auto plain = decoded("big_endian");
  const auto image =
      decoded("big_endian", windowed_by({Window::Kind::kFixed, 2000, 1001}));
  for (size_t i = 0; i < plain.pixels.size(); ++i) {
    const double stored = plain.pixels[i] * 4095.0;
    const double expected = (stored - 1999.5) / 1000 + 0.5;
    ASSERT_NEAR(image.pixels[i], std::clamp(expected, 0.0, 1.0), 1e-6);
  }
}

TEST(Dicom, LeavesPaddingBlackAndOutOfPercentiles) {
  const auto image =
      decoded("inverted_padding", windowed_by({Window::Kind::kPercentile, 0, 100}));
  const auto padding = image.pixels.begin() + 6 * image.width;
  EXPECT_TRUE(std::all_of(image.pixels.begin(), padding, [](float v) { return v == 0; }));
  EXPECT_EQ(*std::min_element(padding, image.pixels.end()), 0);
  EXPECT_EQ(*std::max_element(padding, image.pixels.end()), 1);
  // The third row of real values: half the range lies on either side of the median.
  EXPECT_GT(std::count_if(padding, image.pixels.end(), [](float v) { return v > 0.3F; }),
            50);
}

TEST(Dicom, StatesInTheHeaderWhatItDecodes) {
  const auto bytes = file_bytes("enhanced");
  const auto enhanced = read_header(std::as_bytes(std::span(bytes))).value();
  EXPECT_EQ(enhanced.format, "dicom");
  EXPECT_EQ(enhanced.height, 18);
  EXPECT_EQ(enhanced.width, 24);
  EXPECT_EQ(enhanced.channels, 1);
  EXPECT_EQ(enhanced.bit_depth, 12);
  EXPECT_EQ(enhanced.frames, 2);
  const auto palette = file_bytes("palette_16");
  EXPECT_EQ(read_header(std::as_bytes(std::span(palette))).value().channels, 3);
}

TEST(Dicom, RefusesHeadersThatLie) {
  const auto good = file_bytes("big_endian");  // Explicit, but of the other byte order.
  const auto plain = file_bytes("high_bits");
  const std::pair<std::string, const char*> cases[] = {
      {with_value(with_value(plain, kRows, 60000), kColumns, 60000), "at most"},
      {with_value(plain, kRows, 16000), "768000 are needed"},
      {with_value(plain, kRows, 0), "an image of 24 x 0 pixels"},
      {with_value(plain, kBitsAllocated, 13), "13 bits allocated"},
      {with_value(plain, kBitsStored, 17), "do not fit"},
      {with_value(file_bytes("jpeg2000_signed"), kRows, 73), "72 pixels"},
      {with_value(file_bytes("JPEG-LL"), kColumns, 255), "256 x 1024"},
      {with_value(file_bytes("rle_12"), kRows, 19), "damaged RLE"},
  };
  for (const auto& [bytes, reason] : cases) {
    EXPECT_NE(refusal_of(bytes).find(reason), std::string::npos) << refusal_of(bytes);
  }
  EXPECT_EQ(refusal_of(good), "decoded");
}

// Explicit big endian, as few elements as a picture needs.
std::string big_endian_element(uint32_t tag, const std::string& vr, std::string value) {
  const auto word = [](uint32_t number) {
    return std::string{static_cast<char>(number >> 8 & 0xFF),
                       static_cast<char>(number & 0xFF)};
  };
  const auto size = static_cast<uint32_t>(value.size());
  const auto length = vr == "OW" ? word(0) + word(size >> 16) + word(size) : word(size);
  return word(tag >> 16) + word(tag) + vr + length + value;
}

std::string big_endian_file(const std::string& rows, int bits, const std::string& frames,
                            const std::string& pixels) {
  const std::string deep{'\0', static_cast<char>(bits)};
  std::string file(128, '\0');
  file += "DICM";
  file += std::string(
      "\x02\0\x10\0UI\x14\0"
      "1.2.840.10008.1.2.2\0",
      28);
  file += big_endian_element(0x00280002, "US", std::string("\0\1", 2));
  file += big_endian_element(0x00280004, "CS", "MONOCHROME2 ");
  file += big_endian_element(0x00280008, "IS", frames);
  file += big_endian_element(0x00280010, rows.size() == 2 ? "US" : "UL", rows);
  file += big_endian_element(0x00280011, rows.size() == 2 ? "US" : "UL", rows);
  file += big_endian_element(0x00280100, "US", deep);
  file += big_endian_element(0x00280101, "US", deep);
  return file + big_endian_element(0x7FE00010, "OW", pixels);
}

TEST(Dicom, ReadsSwappedBytesAcrossFramesOfOddLength) {
  // Two frames of 3 x 3 in words: the ninth byte shares its word with the tenth.
  const std::string three("\0\3", 2);
  std::string pixels;
  for (int i = 0; i < 18; ++i) pixels += static_cast<char>(i ^ 1);
  const auto file = big_endian_file(three, 8, "2 ", pixels);
  for (int frame = 0; frame < 2; ++frame) {
    auto image = decode_bytes(file, of_frame(frame));
    ASSERT_TRUE(image.has_value()) << image.error().reason;
    for (int i = 0; i < 9; ++i) {
      EXPECT_FLOAT_EQ(image.value().pixels[static_cast<size_t>(i)],
                      static_cast<float>(9 * frame + i) / 255);
    }
  }
  const auto bits = big_endian_file(three, 1, "1 ", "x");
  EXPECT_NE(refusal_of(bits).find("needed"), std::string::npos) << refusal_of(bits);
}

TEST(Dicom, RefusesSizesThatOverflow) {
  const std::string most(4, '\xFF');
  EXPECT_NE(refusal_of(big_endian_file(most, 8, "1 ", "xx")).find("at most"),
            std::string::npos);
  for (const auto* frames : {"2147483647", "1e300 ", "nan ", "-1"}) {
    EXPECT_EQ(refusal_of(big_endian_file(std::string("\x3F\xFF", 2), 32, frames, "xx")),
              "damaged number of frames");
  }
}

TEST(Dicom, GivesPixelsInRangeWhateverTheParametersSay) {
  const auto plain = file_bytes("voi_lut");
  for (const auto* slope : {"nan", "inf", "-inf", "1e308"}) {
    // In front of the rows, a slope and an intercept. The file's encoding is implicit.
    const auto padded = slope + std::string(6 - std::string(slope).size(), ' ');
    const auto rescale = std::string("\x28\0\x52\x10\6\0\0\0", 8) + padded +
                         std::string("\x28\0\x53\x10\6\0\0\0", 8) + padded;
    auto bytes = plain;
    const auto at = bytes.find(std::string("\x28\0\x10\0\2\0\0\0", 8));
    ASSERT_NE(at, std::string::npos);
    bytes.insert(at, rescale);
    for (const auto kind : {Window::Kind::kAuto, Window::Kind::kPercentile}) {
      auto image = decode_bytes(bytes, windowed_by({kind, 1, 99}));
      ASSERT_TRUE(image.has_value()) << image.error().reason;
      for (const float value : image.value().pixels)
        ASSERT_TRUE(value >= 0 && value <= 1);
    }
  }
}

TEST(Dicom, ReadsFloatPixelsWhateverTypeTheyAreStatedToHave) {
  const auto plain = file_bytes("float");
  const std::string tag("\xE0\x7F\x08\0", 4);
  for (const auto* vr : {"OV", "UN", "OB"}) {
    auto bytes = plain;
    const auto at = bytes.find(tag + "OF");
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at + 4, 2, vr);
    auto image = decode_bytes(bytes);
    ASSERT_TRUE(image.has_value()) << image.error().reason;
    EXPECT_EQ(image.value().pixels, decoded("float").pixels);
  }
}

TEST(Dicom, RefusesATransferSyntaxItDoesNotRead) {
  auto bytes = file_bytes("jpeg2000_signed");
  const std::string own = "1.2.840.10008.1.2.4.90";
  bytes.replace(bytes.find(own), own.size(), "1.2.840.10008.1.2.4.99");
  EXPECT_EQ(refusal_of(bytes), "transfer syntax 1.2.840.10008.1.2.4.99 is not read");
}

// Every length and every value of these files is hit by some of the cuts and flips.
TEST(Dicom, SurvivesCutsAndFlippedBytes) {
  for (const auto* name :
       {"enhanced", "voi_lut", "palette_segmented", "rle_12", "MR_small_jpeg_ls_lossless",
        "MR_small_jp2klossless", "SC_rgb_jpeg_gdcm", "SC_rgb_dcmtk_+eb+cy+s2", "deflated",
        "JPGExtended", "MR_small_bigendian"}) {
    SCOPED_TRACE(name);
    const auto bytes = file_bytes(name);
    EXPECT_NE(refusal_of(bytes.substr(0, bytes.size() - 200)), "decoded");
    const auto step = std::max<size_t>(bytes.size() / 100, 1);
    for (size_t at = 132; at < bytes.size(); at += step) {
      const auto cut = refusal_of(bytes.substr(0, at));
      EXPECT_FALSE(cut.empty());
      auto flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ 0xFF);
      EXPECT_FALSE(refusal_of(flipped).empty());
    }
  }
}

TEST(Dicom, NeedsAWindowForFloatsThatStateNone) {
  auto bytes = file_bytes("float");
  const auto at = bytes.find(std::string("\x28\x00\x51\x10", 4));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 2] = '\x5F';  // No longer the window's width.
  EXPECT_NE(refusal_of(bytes).find("give window("), std::string::npos);
  const auto image =
      decode_bytes(bytes, windowed_by({Window::Kind::kPercentile, 0, 100}));
  EXPECT_TRUE(image.has_value());
}

}  // namespace
}  // namespace medgraft::image
