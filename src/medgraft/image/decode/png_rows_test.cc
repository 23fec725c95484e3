#include "medgraft/image/decode/png_rows.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <spng.h>

#include <random>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/golden.h"

namespace medgraft::image {
namespace {

struct Form {
  uint8_t color_type, depth, channels, seen_channels;
};
constexpr Form kForms[] = {{0, 8, 1, 1}, {0, 16, 1, 1}, {2, 8, 3, 3}, {2, 16, 3, 3},
                           {4, 8, 2, 1}, {4, 16, 2, 1}, {6, 8, 4, 3}, {6, 16, 4, 3}};

std::span<const std::byte> as_bytes(const std::string& file) {
  return std::as_bytes(std::span(file));
}

std::string word(uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& body) {
  const auto covered = type + body;
  return word(static_cast<uint32_t>(body.size())) + covered +
         word(libdeflate_crc32(0, covered.data(), covered.size()));
}

std::string start(const Form& form, uint32_t height, uint32_t width) {
  return "\x89PNG\r\n\x1A\n" +
         chunk("IHDR", word(width) + word(height) + static_cast<char>(form.depth) +
                           static_cast<char>(form.color_type) + std::string(3, '\0'));
}

std::string compress(const std::string& data) {
  auto* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_zlib_compress_bound(compressor, data.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor, data.data(), data.size(), out.data(),
                                      out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

// Any bytes are those of some picture, whatever a row's filter is.
std::string random_rows(const Form& form, uint32_t height, uint32_t width, int spread) {
  std::mt19937 random(height * 131 + width);
  std::string rows;
  for (uint32_t y = 0; y < height; ++y) {
    rows += static_cast<char>(random() % 5);
    for (uint32_t i = 0; i < width * form.channels * form.depth / 8; ++i) {
      rows += static_cast<char>(random() % static_cast<uint32_t>(spread));
    }
  }
  return rows;
}

// What libspng alone makes of a file: the stored bytes, or why not.
Result<std::vector<uint8_t>> definition(const std::string& file) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(0),
                                                                    spng_ctx_free);
  std::vector<uint8_t> bytes;
  size_t size = 0;
  spng_set_crc_action(context.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
  int code = spng_set_png_buffer(context.get(), file.data(), file.size());
  if (!code) code = spng_decoded_image_size(context.get(), SPNG_FMT_PNG, &size);
  bytes.resize(size);
  if (!code) code = spng_decode_image(context.get(), bytes.data(), size, SPNG_FMT_PNG, 0);
  if (code) return Failure{text("damaged PNG: ", spng_strerror(code))};
  return bytes;
}

std::optional<std::vector<uint8_t>> all_rows(const std::string& file, const Form& form,
                                             uint32_t height, uint32_t width) {
  auto rows = PngRows::open(
      as_bytes(file), {height, width, form.channels * form.depth / 8, form.depth == 16});
  if (!rows) return std::nullopt;
  std::vector<uint8_t> bytes;
  const size_t length = width * form.channels * form.depth / 8;
  for (uint32_t y = 0; y < height; ++y) {
    const auto* row = reinterpret_cast<const uint8_t*>(rows->next());
    bytes.insert(bytes.end(), row, row + length);
  }
  return bytes;
}

// `decode` gives what libspng gives, or libspng's reason.
void expect_as_defined(const std::string& file, const Form& form) {
  auto expected = definition(file);
  auto image = decode(as_bytes(file));
  ASSERT_EQ(image.has_value(), expected.has_value());
  if (!expected) {
    EXPECT_EQ(image.error().reason, expected.error().reason);
    return;
  }
  const auto* bytes = expected.value().data();
  size_t stored = 0, seen = 0;
  for (; seen < image.value().pixels.size(); ++stored) {
    if (static_cast<int>(stored % form.channels) >= form.seen_channels) continue;
    uint16_t sample = bytes[stored];
    if (form.depth == 16) std::memcpy(&sample, bytes + 2 * stored, 2);
    ASSERT_EQ(image.value().pixels[seen++],
              static_cast<float>(sample) / (form.depth == 16 ? 65535.0F : 255.0F));
  }
}

TEST(PngRows, GivesTheBytesThatLibspngGives) {
  for (const auto& form : kForms) {
    for (const uint32_t width : {1, 2, 3, 17, 64}) {
      for (const uint32_t height : {1, 2, 47}) {
        for (const int spread : {256, 3}) {
          SCOPED_TRACE(text(int{form.color_type}, " ", int{form.depth}, " ", width, " x ",
                            height));
          const auto file =
              start(form, height, width) +
              chunk("IDAT", compress(random_rows(form, height, width, spread))) +
              chunk("IEND", "");
          const auto rows = all_rows(file, form, height, width);
          ASSERT_TRUE(rows.has_value());
          EXPECT_EQ(*rows, definition(file).value());
          expect_as_defined(file, form);
        }
      }
    }
  }
}

TEST(PngRows, ReadsThePicturesOfOtherPrograms) {
  for (const auto* name :
       {"gray8.png", "gray8_trns.png", "gray16.png", "la8.png", "la16.png", "rgb8.png",
        "rgb8_profile.png", "rgb16_gamma.png", "rgba8.png", "rgba16.png"}) {
    SCOPED_TRACE(name);
    const auto file =
        read_file(std::filesystem::path(MEDGRAFT_TEST_DATA) / "image" / name);
    const auto header = read_header(as_bytes(file)).value();
    for (const auto& form : kForms) {
      if (file.substr(24, 2) !=
          std::string{static_cast<char>(form.depth), static_cast<char>(form.color_type)})
        continue;
      const auto rows = all_rows(file, form, static_cast<uint32_t>(header.height),
                                 static_cast<uint32_t>(header.width));
      ASSERT_TRUE(rows.has_value());
      EXPECT_EQ(*rows, definition(file).value());
    }
  }
}

TEST(PngRows, TakesAndLeavesTheUnusualAsLibspngDoes) {
  constexpr Form kForm = {2, 8, 3, 3};
  constexpr uint32_t kHeight = 9, kWidth = 11;
  const auto rows = random_rows(kForm, kHeight, kWidth, 7);
  const auto data = compress(rows);
  const auto before = start(kForm, kHeight, kWidth), end = chunk("IEND", "");
  const auto idat = [](const std::string& body) { return chunk("IDAT", body); };
  std::string single;
  for (const char byte : data) single += idat(std::string(1, byte));
  auto wrong_sum = idat(data.substr(50));
  wrong_sum.back() ^= 1;
  auto wrong_filter = rows;
  wrong_filter[5 * (3 * kWidth + 1)] = 5;
  auto wrong_adler = data;
  wrong_adler.back() ^= 1;
  const auto comment = chunk("tEXt", std::string("a\0b", 3));
  const auto halves = std::pair{idat(data.substr(0, 50)), idat(data.substr(50))};
  const std::pair<const char*, std::string> kCases[] = {
      {"whole", idat(data) + end},
      {"a chunk a byte", single + end},
      {"empty chunks",
       idat("") + halves.first + idat("") + halves.second + idat("") + end},
      {"chunks apart", halves.first + comment + halves.second + end},
      {"an empty chunk apart", idat("") + comment + idat(data) + end},
      {"no image data", end},
      {"empty image data", idat("") + end},
      {"wrong checksum", halves.first + wrong_sum + end},
      {"no end", idat(data)},
      {"bytes after the end", idat(data) + end + "more"},
      {"bytes after the stream", idat(data + "more") + end},
      {"a chunk too much", idat(data) + idat("more") + end},
      {"rows too many", idat(compress(rows + rows)) + end},
      {"a byte too few", idat(compress(rows.substr(0, rows.size() - 1))) + end},
      {"unknown filter", idat(compress(wrong_filter)) + end},
      {"no Adler", idat(data.substr(0, data.size() - 4)) + end},
      {"wrong Adler", idat(wrong_adler) + end},
      {"transparency", chunk("tRNS", std::string(6, '\0')) + idat(data) + end},
      {"wrong transparency", chunk("tRNS", "a") + idat(data) + end},
      {"unknown critical chunk", chunk("ABCD", "a") + idat(data) + end}};
  int num_fast = 0, num_refused = 0;
  for (const auto& [name, chunks] : kCases) {
    SCOPED_TRACE(name);
    expect_as_defined(before + chunks, kForm);
    num_fast += all_rows(before + chunks, kForm, kHeight, kWidth).has_value();
    num_refused += !definition(before + chunks).has_value();
  }
  EXPECT_GE(num_fast, 5);
  EXPECT_GE(num_refused, 5);
}

TEST(PngRows, RefusesEveryTruncationAndBitErrorThatLibspngRefuses) {
  constexpr Form kForm = {0, 16, 1, 1};
  const auto rows = random_rows(kForm, 12, 9, 20);
  const auto data = compress(rows);
  const auto before = start(kForm, 12, 9), end = chunk("IEND", "");
  const auto whole = before + chunk("IDAT", data) + end;
  for (size_t size = before.size(); size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    expect_as_defined(whole.substr(0, size), kForm);
  }
  for (size_t bit = 0; bit < 8 * data.size(); ++bit) {
    SCOPED_TRACE(bit);
    auto broken = data;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    expect_as_defined(text(before, chunk("IDAT", broken), end), kForm);
  }
}

}  // namespace
}  // namespace medgraft::image
