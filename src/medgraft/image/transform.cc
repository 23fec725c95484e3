#include "medgraft/image/transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>

#include "medgraft/image/resize.h"

namespace medgraft::image {
namespace {

// Source: ITU-R BT.601, the luma of red, green and blue.
constexpr float kRed = 0.299F, kGreen = 0.587F, kBlue = 0.114F;

// @return a black picture of what `like` shows.
Image black(const Image& like, int64_t height, int64_t width, int64_t channels) {
  return {height, width, channels,
          std::vector<float>(static_cast<size_t>(height * width * channels)),
          like.orientation};
}

// @return the value at (y, x), bilinear between pixels, black outside.
float sample(const Image& image, double y, double x, int64_t c) {
  const auto top = static_cast<int64_t>(std::floor(y));
  const auto left = static_cast<int64_t>(std::floor(x));
  const double down = y - static_cast<double>(top);
  const double right = x - static_cast<double>(left);
  const auto value = [&](int64_t row, int64_t column) -> double {
    const bool inside =
        row >= 0 && row < image.height && column >= 0 && column < image.width;
    return inside ? image.at(row, column, c) : 0;
  };
  return static_cast<float>(
      (1 - down) * ((1 - right) * value(top, left) + right * value(top, left + 1)) +
      down * ((1 - right) * value(top + 1, left) + right * value(top + 1, left + 1)));
}

// @return the directions of a row read from its other end: "A" becomes "P".
std::string reversed(std::string directions) {
  constexpr std::string_view kFrom = "APLRHF", kTo = "PARLFH";
  for (char& letter : directions) {
    const auto at = kFrom.find(letter);
    if (at != std::string_view::npos) letter = kTo[at];
  }
  return directions;
}

}  // namespace

Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width) {
  Image out{height, width, image.channels, {}, image.orientation};
  out.pixels.reserve(static_cast<size_t>(height * width * image.channels));
  for (int64_t y = 0; y < height; ++y) {
    const auto begin =
        image.pixels.begin() + ((top + y) * image.width + left) * image.channels;
    out.pixels.insert(out.pixels.end(), begin, begin + width * image.channels);
  }
  return out;
}

Image letterbox(const Image& image, int64_t height, int64_t width) {
  const double scale =
      std::min(static_cast<double>(height) / static_cast<double>(image.height),
               static_cast<double>(width) / static_cast<double>(image.width));
  const auto side = [&](int64_t from, int64_t limit) {
    const auto scaled = std::llround(scale * static_cast<double>(from));
    return std::clamp<int64_t>(scaled, 1, limit);
  };
  const auto inner = resize(image, side(image.height, height), side(image.width, width));
  auto out = black(image, height, width, image.channels);
  const int64_t top = (height - inner.height) / 2;
  const int64_t left = (width - inner.width) / 2;
  for (int64_t y = 0; y < inner.height; ++y) {
    const auto row = inner.width * inner.channels;
    std::copy_n(inner.pixels.begin() + y * row, row, &out.at(top + y, left, 0));
  }
  return out;
}

Image flip_horizontally(Image image) {
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width / 2; ++x) {
      for (int64_t c = 0; c < image.channels; ++c) {
        std::swap(image.at(y, x, c), image.at(y, image.width - 1 - x, c));
      }
    }
  }
  image.orientation.row_direction = reversed(image.orientation.row_direction);
  return image;
}

Image flip_vertically(Image image) {
  const auto row = image.width * image.channels;
  for (int64_t y = 0; y < image.height / 2; ++y) {
    const auto top = image.pixels.begin() + y * row;
    std::swap_ranges(top, top + row, image.pixels.begin() + (image.height - 1 - y) * row);
  }
  return image;
}

Image rotate(const Image& image, double degrees) {
  return warp(image, {.degrees = degrees});
}

Image warp(const Image& image, const Warp& by) {
  const double radians = by.degrees * std::numbers::pi / 180;
  const double cosine = std::cos(radians), sine = std::sin(radians);
  const double slope = std::tan(by.shear_degrees * std::numbers::pi / 180);
  const double middle_y = static_cast<double>(image.height - 1) / 2;
  const double middle_x = static_cast<double>(image.width - 1) / 2;
  auto out = black(image, image.height, image.width, image.channels);
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x) {
      // Backwards from a pixel of the result: not moved, not turned, not sheared.
      const double dy = (static_cast<double>(y) - middle_y - by.down) / by.scale;
      const double dx = (static_cast<double>(x) - middle_x - by.right) / by.scale;
      const double turned_y = cosine * dy + sine * dx;
      const double turned_x = cosine * dx - sine * dy;
      const double from_y = middle_y + turned_y;
      const double from_x = middle_x + turned_x - slope * turned_y;
      for (int64_t c = 0; c < out.channels; ++c) {
        out.at(y, x, c) = sample(image, from_y, from_x, c);
      }
    }
  }
  return out;
}

Image to_gray(const Image& image) {
  if (image.channels == 1) return image;
  auto out = black(image, image.height, image.width, 1);
  for (size_t i = 0; i < out.pixels.size(); ++i) {
    const float* rgb = image.pixels.data() + 3 * i;
    out.pixels[i] = kRed * rgb[0] + kGreen * rgb[1] + kBlue * rgb[2];
  }
  return out;
}

Image to_rgb(Image image) {
  if (image.channels == 3) return image;
  auto out = black(image, image.height, image.width, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    std::fill_n(out.pixels.begin() + static_cast<int64_t>(3 * i), 3, image.pixels[i]);
  }
  return out;
}

Image normalize(Image image, float low, float high) {
  const float range = high - low;
  for (float& value : image.pixels) value = low + range * value;
  return image;
}

}  // namespace medgraft::image
