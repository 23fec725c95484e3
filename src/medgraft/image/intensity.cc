#include "medgraft/image/intensity.h"

#include <algorithm>
#include <cmath>

#include "medgraft/image/transform.h"

namespace medgraft::image {
namespace {

constexpr int64_t kLevels = 65536;
constexpr int64_t kTileLevels = 256;

float blend(float value, float with, float factor) {
  return std::clamp(with + factor * (value - with), 0.0F, 1.0F);
}

// Source: Smith 1978, "Color gamut transform pairs": HSV, its hue in sixths of a turn.
void turn_hue(float* rgb, float sixths) {
  const float high = std::max({rgb[0], rgb[1], rgb[2]});
  const float range = high - std::min({rgb[0], rgb[1], rgb[2]});
  if (range <= 0) return;
  float hue = rgb[0] == high   ? (rgb[1] - rgb[2]) / range
              : rgb[1] == high ? (rgb[2] - rgb[0]) / range + 2
                               : (rgb[0] - rgb[1]) / range + 4;
  hue += sixths;
  // Each channel falls from the highest value by how far the hue is from its own.
  constexpr float kOffsets[] = {5, 3, 1};
  for (int c = 0; c < 3; ++c) {
    float k = std::fmod(kOffsets[c] + hue, 6.0F);
    if (k < 0) k += 6;
    rgb[c] = high - range * std::clamp(std::min(k, 4 - k), 0.0F, 1.0F);
  }
}

size_t level(float value) {
  return static_cast<size_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * (kLevels - 1)));
}

void equalize_channel(Image& image, int64_t channel) {
  std::vector<int64_t> counts(kLevels);
  const auto step = static_cast<size_t>(image.channels);
  const auto first = static_cast<size_t>(channel);
  for (size_t i = first; i < image.pixels.size(); i += step)
    ++counts[level(image.pixels[i])];
  const int64_t total = image.height * image.width;
  const auto lowest =
      std::find_if(counts.begin(), counts.end(), [](int64_t count) { return count > 0; });
  if (lowest == counts.end() || *lowest == total) return;
  const int64_t start = *lowest;
  std::vector<float> map(kLevels);
  int64_t sum = 0;
  for (size_t i = 0; i < map.size(); ++i) {
    sum += counts[i];
    map[i] = static_cast<float>(std::max(
        0.0, static_cast<double>(sum - start) / static_cast<double>(total - start)));
  }
  for (size_t i = first; i < image.pixels.size(); i += step) {
    image.pixels[i] = map[level(image.pixels[i])];
  }
}

/// One channel's maps from level to value, a map a tile.
class TileMaps {
 public:
  TileMaps(const Image& image, int64_t channel, double limit, int64_t tiles)
      : image_(image), channel_(channel), tiles_(tiles) {
    for (int64_t i = 0; i < tiles * tiles; ++i) add_map(i / tiles, i % tiles, limit);
  }

  // Linear between the tile's levels, so that no depth is lost.
  double at(int64_t tile_y, int64_t tile_x, double value) const {
    const auto* map = maps_.data() + (tile_y * tiles_ + tile_x) * (kTileLevels + 1);
    const double place = std::clamp(value, 0.0, 1.0) * kTileLevels;
    const auto below = std::min(static_cast<int64_t>(place), kTileLevels - 1);
    return map[below] +
           (map[below + 1] - map[below]) * (place - static_cast<double>(below));
  }

 private:
  void add_map(int64_t tile_y, int64_t tile_x, double limit) {
    std::vector<double> counts(kTileLevels);
    const int64_t top = tile_y * image_.height / tiles_;
    const int64_t bottom = (tile_y + 1) * image_.height / tiles_;
    const int64_t left = tile_x * image_.width / tiles_;
    const int64_t right = (tile_x + 1) * image_.width / tiles_;
    for (int64_t y = top; y < bottom; ++y) {
      for (int64_t x = left; x < right; ++x) {
        const float value = std::clamp(image_.at(y, x, channel_), 0.0F, 1.0F);
        const auto bin = static_cast<int64_t>(value * kTileLevels);
        ++counts[static_cast<size_t>(std::min(bin, kTileLevels - 1))];
      }
    }
    const auto total = static_cast<double>((bottom - top) * (right - left));
    const double ceiling = limit * total / kTileLevels;
    double cut = 0;
    for (double& count : counts) {
      cut += std::max(0.0, count - ceiling);
      count = std::min(count, ceiling);
    }
    double sum = 0;
    maps_.push_back(0);
    for (const double count : counts) {
      sum += count + cut / kTileLevels;
      maps_.push_back(sum / total);
    }
  }

  const Image& image_;
  int64_t channel_, tiles_;
  std::vector<double> maps_;  // [tiles, tiles, kTileLevels + 1]: at each level's edges.
};

/// Between which two tiles a row or column lies, and how far towards the second.
struct Between {
  int64_t first, second;
  double share;
};

Between between_tiles(int64_t at, int64_t size, int64_t tiles) {
  const double place = (static_cast<double>(at) + 0.5) * static_cast<double>(tiles) /
                           static_cast<double>(size) -
                       0.5;
  const double low = std::floor(place);
  const auto index = static_cast<int64_t>(low);
  return {std::clamp<int64_t>(index, 0, tiles - 1),
          std::clamp<int64_t>(index + 1, 0, tiles - 1), place - low};
}

std::vector<float> gaussian(double sigma) {
  const auto radius = static_cast<int64_t>(3 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = -radius; i <= radius; ++i) {
    const double x = static_cast<double>(i) / sigma;
    weights.push_back(std::exp(-0.5 * x * x));
    sum += weights.back();
  }
  std::vector<float> out;
  for (const double weight : weights) out.push_back(static_cast<float>(weight / sum));
  return out;
}

// Along one axis: `count` lines of `length` values, `step` values between neighbours.
void blur_line(const float* in, float* out, int64_t length, int64_t step,
               const std::vector<float>& weights) {
  const auto radius = static_cast<int64_t>(weights.size() / 2);
  for (int64_t i = 0; i < length; ++i) {
    float sum = 0;
    for (int64_t j = -radius; j <= radius; ++j) {
      const int64_t from = std::clamp<int64_t>(i + j, 0, length - 1);
      sum += weights[static_cast<size_t>(j + radius)] * in[from * step];
    }
    out[i * step] = sum;
  }
}

}  // namespace

Image adjust_brightness(Image image, float factor) {
  for (float& value : image.pixels) value = blend(value, 0, factor);
  return image;
}

Image adjust_contrast(Image image, float factor) {
  const auto gray = to_gray(image);
  double sum = 0;
  for (const float value : gray.pixels) sum += value;
  const auto mean = static_cast<float>(sum / static_cast<double>(gray.pixels.size()));
  for (float& value : image.pixels) value = blend(value, mean, factor);
  return image;
}

Image adjust_saturation(Image image, float factor) {
  if (image.channels == 1) return image;
  const auto gray = to_gray(image);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = blend(image.pixels[i], gray.pixels[i / 3], factor);
  }
  return image;
}

Image adjust_hue(Image image, float turn) {
  if (image.channels == 1) return image;
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    turn_hue(image.pixels.data() + i, 6 * turn);
  }
  return image;
}

Image adjust_gamma(Image image, float exponent) {
  for (float& value : image.pixels) value = std::pow(value, exponent);
  return image;
}

Image equalize(Image image) {
  for (int64_t c = 0; c < image.channels; ++c) equalize_channel(image, c);
  return image;
}

Image equalize_locally(Image image, double limit, int64_t tiles) {
  // A tile has at least one pixel.
  tiles = std::min({tiles, image.height, image.width});
  Image out = image;
  for (int64_t c = 0; c < image.channels; ++c) {
    const TileMaps maps(image, c, limit, tiles);
    for (int64_t y = 0; y < image.height; ++y) {
      const auto rows = between_tiles(y, image.height, tiles);
      for (int64_t x = 0; x < image.width; ++x) {
        const auto columns = between_tiles(x, image.width, tiles);
        const double value = image.at(y, x, c);
        const auto across = [&](int64_t row) {
          const double left = maps.at(row, columns.first, value);
          return left + columns.share * (maps.at(row, columns.second, value) - left);
        };
        const double top = across(rows.first);
        out.at(y, x, c) =
            static_cast<float>(top + rows.share * (across(rows.second) - top));
      }
    }
  }
  return out;
}

Image blur(const Image& image, double sigma) {
  const auto weights = sigma > 0 ? gaussian(sigma) : std::vector<float>{1};
  if (weights.size() == 1) return image;
  Image narrow = image, out = image;
  const int64_t row = image.width * image.channels;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t c = 0; c < image.channels; ++c) {
      blur_line(image.pixels.data() + y * row + c, narrow.pixels.data() + y * row + c,
                image.width, image.channels, weights);
    }
  }
  for (int64_t i = 0; i < row; ++i) {
    blur_line(narrow.pixels.data() + i, out.pixels.data() + i, image.height, row,
              weights);
  }
  return out;
}

Image add_noise(Image image, double sigma, Rng& rng) {
  for (float& value : image.pixels) {
    value = std::clamp(value + static_cast<float>(sigma * rng.normal()), 0.0F, 1.0F);
  }
  return image;
}

}  // namespace medgraft::image
