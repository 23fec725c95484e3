#include "medgraft/image/resize.h"

#include <algorithm>
#include <cmath>

namespace medgraft::image {
namespace {

/// Which inputs one output takes, and how much of each.
struct Taps {
  int64_t first = 0;
  std::vector<float> weights;
};

// Source: the definition of a normalized triangle filter on pixel centres at i + 0.5.
std::vector<Taps> triangle_taps(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double width = std::max(scale, 1.0);
  std::vector<Taps> taps(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(static_cast<int64_t>(center - width + 0.5), 0);
    const auto end = std::min<int64_t>(static_cast<int64_t>(center + width + 0.5), from);
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = first; j < end; ++j) {
      const double distance = std::abs((static_cast<double>(j) + 0.5 - center) / width);
      weights.push_back(std::max(1 - distance, 0.0));
      sum += weights.back();
    }
    auto& out = taps[static_cast<size_t>(i)];
    out.first = first;
    for (const double weight : weights) {
      out.weights.push_back(static_cast<float>(weight / sum));
    }
  }
  return taps;
}

template <int kChannels>
void resize_row(const float* in, const std::vector<Taps>& taps, float* out) {
  for (const auto& tap : taps) {
    const float* from = in + tap.first * kChannels;
    float sum[kChannels] = {};
    for (const float weight : tap.weights) {
      for (int c = 0; c < kChannels; ++c) sum[c] += weight * from[c];
      from += kChannels;
    }
    for (int c = 0; c < kChannels; ++c) *out++ = sum[c];
  }
}

Image resize_rows(const Image& image, int64_t width) {
  const auto taps = triangle_taps(image.width, width);
  Image out{image.height, width, image.channels, {}, image.orientation};
  out.pixels.resize(static_cast<size_t>(out.height * out.width * out.channels));
  for (int64_t y = 0; y < image.height; ++y) {
    const float* from = image.pixels.data() + y * image.width * image.channels;
    float* to = out.pixels.data() + y * width * image.channels;
    image.channels == 1 ? resize_row<1>(from, taps, to) : resize_row<3>(from, taps, to);
  }
  return out;
}

Image resize_columns(const Image& image, int64_t height) {
  const auto taps = triangle_taps(image.height, height);
  const int64_t row = image.width * image.channels;
  Image out{height, image.width, image.channels, {}, image.orientation};
  out.pixels.resize(static_cast<size_t>(height * row));
  for (int64_t y = 0; y < height; ++y) {
    const auto& tap = taps[static_cast<size_t>(y)];
    float* to = out.pixels.data() + y * row;
    const float* from = image.pixels.data() + tap.first * row;
    for (const float weight : tap.weights) {
      for (int64_t i = 0; i < row; ++i) to[i] += weight * from[i];
      from += row;
    }
  }
  return out;
}

}  // namespace

Image resize(const Image& image, int64_t height, int64_t width) {
  if (image.width == width) {
    return image.height == height ? image : resize_columns(image, height);
  }
  const auto narrow = resize_rows(image, width);
  return image.height == height ? narrow : resize_columns(narrow, height);
}

}  // namespace medgraft::image
