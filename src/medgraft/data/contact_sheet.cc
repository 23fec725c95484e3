#include "medgraft/data/contact_sheet.h"

#include <algorithm>

#include "medgraft/data/container/image_source.h"
#include "medgraft/image/transform.h"

namespace medgraft::data {
namespace {

constexpr int64_t kGap = 4;
constexpr float kPaper = 1, kCross = 0.5F;

image::Image crossed_out(int64_t side) {
  image::Image cross{side, side, 3, {}};
  cross.pixels.assign(static_cast<size_t>(side * side * 3), kPaper);
  for (int64_t i = 0; i < side; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      cross.at(i, i, c) = kCross;
      cross.at(i, side - 1 - i, c) = kCross;
    }
  }
  return cross;
}

}  // namespace

image::Image contact_sheet(const Dataset& dataset, int64_t columns, int64_t rows,
                           int64_t side) {
  const auto total = static_cast<int64_t>(dataset.images.size());
  const auto shown = std::min(total, columns * rows);
  columns = std::min(columns, shown);
  rows = (shown + columns - 1) / columns;
  image::Image sheet{rows * (side + kGap) + kGap, columns * (side + kGap) + kGap, 3, {}};
  sheet.pixels.assign(static_cast<size_t>(sheet.height * sheet.width * 3), kPaper);
  const ImageSource images(dataset.info.root);
  for (int64_t i = 0; i < shown; ++i) {
    const auto& path = dataset.images[static_cast<size_t>(i * total / shown)].path;
    auto decoded = images.decode(path);
    const auto tile = decoded
                          ? image::letterbox(image::to_rgb(decoded.value()), side, side)
                          : crossed_out(side);
    const int64_t top = kGap + i / columns * (side + kGap);
    const int64_t left = kGap + i % columns * (side + kGap);
    for (int64_t y = 0; y < side; ++y) {
      std::copy_n(tile.pixels.begin() + y * side * 3, side * 3,
                  &sheet.at(top + y, left, 0));
    }
  }
  return sheet;
}

}  // namespace medgraft::data
