#include "medgraft/image/foreground.h"

#include <gtest/gtest.h>

#include "medgraft/image/decode/golden.h"
#include "medgraft/image/transform.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "image";

/// A left breast with its chest wall on the left and a brighter label on the right.
Image breast() { return read_golden(kFolder / "foreground.f32"); }

Image flat(float value) { return {5, 7, 1, std::vector<float>(35, value)}; }

/// As wide as high, leaning to no side.
Image disc() {
  Image image{9, 9, 1, std::vector<float>(81, 0.0F)};
  for (int64_t y = 2; y < 7; ++y) {
    for (int64_t x = 2; x < 7; ++x) image.at(y, x, 0) = 0.5F;
  }
  image.at(4, 3, 0) = 0.52F;  // By a hair to the left.
  return image;
}

TEST(Foreground, FindsTheBoxThatSciPyFinds) {
  const auto found = find_foreground(breast());
  ASSERT_TRUE(found.has_value());
  const auto box = read_golden(kFolder / "foreground_box.f32").pixels;
  EXPECT_EQ(static_cast<float>(found->box.top), box[0]);
  EXPECT_EQ(static_cast<float>(found->box.left), box[1]);
  EXPECT_EQ(static_cast<float>(found->box.height), box[2]);
  EXPECT_EQ(static_cast<float>(found->box.width), box[3]);
  EXPECT_GT(found->lean, 0.5);
  const auto cropped = crop_foreground(breast());
  EXPECT_EQ(cropped.height, found->box.height);
  EXPECT_EQ(cropped.at(0, 0, 0), breast().at(found->box.top, found->box.left, 0));
}

TEST(Foreground, TakesAThreshold) {
  const auto bright = find_foreground(breast(), 0.9F);  // The label alone.
  ASSERT_TRUE(bright.has_value());
  EXPECT_EQ(bright->box.top, 4);
  EXPECT_EQ(bright->box.left, 34);
  EXPECT_EQ(bright->box.height, 4);
  EXPECT_EQ(bright->box.width, 10);
}

TEST(Foreground, JoinsWhatTouchesLaterAndNotCorners) {
  // A U, whose arms meet in the last row, and a block that touches it at a corner.
  const char* rows[] = {"#.#...", "#.#...", "###...", "...###", "...##."};
  Image image{5, 6, 1, {}};
  for (const auto* row : rows) {
    for (int x = 0; x < 6; ++x) image.pixels.push_back(row[x] == '#' ? 1.0F : 0.0F);
  }
  const auto found = find_foreground(image, 0.5F);
  EXPECT_EQ(found->box.height, 3);
  EXPECT_EQ(found->box.width, 3);
}

TEST(Foreground, LeavesAnImageWithoutOne) {
  for (const float value : {0.0F, 0.3F, 1.0F}) {
    EXPECT_FALSE(find_foreground(flat(value)).has_value());
    EXPECT_EQ(crop_foreground(flat(value)).pixels, flat(value).pixels);
    EXPECT_EQ(orient(flat(value), true).pixels, flat(value).pixels);
  }
  EXPECT_EQ(crop_foreground(breast(), 0.9999F + 0.0002F).pixels, breast().pixels);
}

TEST(Orient, PutsTheMassOnTheSideAskedFor) {
  const auto left = breast(), right = flip_horizontally(breast());
  EXPECT_EQ(orient(left, true).pixels, left.pixels);
  EXPECT_EQ(orient(right, true).pixels, left.pixels);
  EXPECT_EQ(orient(left, false).pixels, right.pixels);
  EXPECT_EQ(orient(right, false).pixels, right.pixels);
}

TEST(Orient, BelievesTheRowDirectionFirst) {
  auto image = breast();
  image.orientation = {"L", "P"};  // Rows lead to the back: the wall is on the right.
  const auto turned = orient(image, true);
  EXPECT_EQ(turned.pixels, flip_horizontally(image).pixels);
  EXPECT_EQ(turned.orientation.row_direction, "A");
  EXPECT_EQ(orient(turned, true).pixels, turned.pixels);
}

TEST(Orient, AsksTheLateralityWhereNothingLeans) {
  auto image = disc();
  EXPECT_EQ(orient(image, false).pixels, flip_horizontally(image).pixels);
  image.orientation = {"R", ""};
  EXPECT_EQ(orient(image, false).pixels, image.pixels);
  EXPECT_EQ(orient(image, true).pixels, flip_horizontally(image).pixels);
}

}  // namespace
}  // namespace medgraft::image
