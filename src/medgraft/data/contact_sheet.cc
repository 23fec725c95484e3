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

// @return the image fitted into a square, or a cross where it cannot be read.
image::Image tile_of(const ImageSource& images, const std::string& path, int64_t side) {
  auto decoded = images.decode(path);
  return decoded ? image::letterbox(image::to_rgb(decoded.value()), side, side)
                 : crossed_out(side);
}

void paste(const image::Image& tile, int64_t top, int64_t left, image::Image& sheet) {
  for (int64_t y = 0; y < tile.height; ++y) {
    std::copy_n(tile.pixels.begin() + y * tile.width * 3, tile.width * 3,
                &sheet.at(top + y, left, 0));
  }
}

image::Image filled(int64_t height, int64_t width, const std::array<float, 3>& color) {
  image::Image out{height, width, 3, {}};
  out.pixels.resize(static_cast<size_t>(height * width * 3));
  for (size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = color[i % 3];
  return out;
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
    paste(tile_of(images, path, side), kGap + i / columns * (side + kGap),
          kGap + i % columns * (side + kGap), sheet);
  }
  return sheet;
}

image::Image pair_sheet(std::span<const Dataset> datasets,
                        const std::vector<FramedPair>& pairs, int64_t columns,
                        int64_t side) {
  constexpr int64_t kFrame = 3;
  const int64_t height = side + 2 * kFrame, width = 2 * side + 3 * kFrame;
  const auto total = static_cast<int64_t>(pairs.size());
  columns = std::clamp<int64_t>(total, 1, columns);
  const int64_t rows = std::max<int64_t>(1, (total + columns - 1) / columns);
  auto sheet = filled(rows * (height + kGap) + kGap, columns * (width + kGap) + kGap,
                      {kPaper, kPaper, kPaper});
  std::vector<ImageSource> sources;
  for (const auto& set : datasets) sources.emplace_back(set.info.root);
  const auto tile = [&](const AuditedImage& at) {
    const auto set = static_cast<size_t>(at.dataset);
    const auto& path = datasets[set].images[static_cast<size_t>(at.image)].path;
    return tile_of(sources[set], path, side);
  };
  for (int64_t i = 0; i < total; ++i) {
    const auto& pair = pairs[static_cast<size_t>(i)];
    auto framed = filled(height, width, pair.color);
    paste(tile(pair.first), kFrame, kFrame, framed);
    paste(tile(pair.second), kFrame, side + 2 * kFrame, framed);
    paste(framed, kGap + i / columns * (height + kGap),
          kGap + i % columns * (width + kGap), sheet);
  }
  return sheet;
}

}  // namespace medgraft::data
