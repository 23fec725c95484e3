#include "medgraft/image/corruption.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "medgraft/base/error.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/encode_jpeg.h"
#include "medgraft/image/intensity.h"

namespace medgraft::image {
namespace {

constexpr double kMaximumDegrees = 45;

using Severities = std::array<double, kMaximumSeverity>;
// Source: medmnistc/corruptions/registry.py, chestmnist.
constexpr Severities kNoiseDeviation = {0.04, 0.08, 0.12, 0.18, 0.26};
constexpr Severities kContrastFactor = {0.9, 0.8, 0.7, 0.6, 0.4};
constexpr Severities kJpegQuality = {50, 30, 15, 10, 7};
constexpr Severities kBrightnessFactor = {1.1, 1.2, 1.3, 1.4, 1.5};
// Lengths in pixels of pictures of these sides. Source: ImageNet-C/create_c of
// hendrycks/robustness, gaussian_blur and motion_blur of make_{cifar,tinyimagenet,
// imagenet}_c.py.
constexpr std::array<double, 3> kSides = {32, 64, 224};
using Lengths = std::array<Severities, 3>;
constexpr Lengths kBlurSigma = {
    {{0.4, 0.6, 0.7, 0.8, 1}, {0.5, 0.75, 1, 1.25, 1.5}, {1, 2, 3, 4, 6}}};
constexpr Lengths kMotionRadius = {
    {{6, 6, 6, 8, 9}, {10, 10, 10, 10, 12}, {10, 15, 15, 15, 20}}};
constexpr Lengths kMotionSigma = {
    {{1, 1.5, 2, 2, 2.5}, {1, 1.5, 2, 2.5, 3}, {3, 5, 8, 12, 15}}};

constexpr std::string_view kNames[] = {"noise", "blur",       "contrast",
                                       "jpeg",  "brightness", "motion"};

double parameter(const Severities& severities, int severity) {
  return severities[static_cast<size_t>(severity - 1)];
}

double length(const Lengths& lengths, int severity, const Image& image) {
  const auto side = static_cast<double>(std::min(image.height, image.width));
  const auto at = [&](size_t i) { return parameter(lengths[i], severity); };
  if (side >= kSides[2]) return at(2) * side / kSides[2];
  const size_t i = side < kSides[1] ? 0 : 1;
  const double share = std::max(0.0, (side - kSides[i]) / (kSides[i + 1] - kSides[i]));
  return at(i) + share * (at(i + 1) - at(i));
}

bool is_gray(const Image& image) {
  for (size_t i = 0; image.channels == 3 && i < image.pixels.size(); i += 3) {
    const float* rgb = image.pixels.data() + i;
    if (rgb[0] != rgb[1] || rgb[1] != rgb[2]) return false;
  }
  return true;
}

// @return the value at (y, x), bilinear between pixels; the border's go on outside.
float sample(const Image& image, double y, double x, int64_t c) {
  const double top = std::floor(y), left = std::floor(x);
  const double down = y - top, right = x - left;
  const auto row = [&](double at) {
    return std::clamp<int64_t>(static_cast<int64_t>(at), 0, image.height - 1);
  };
  const auto column = [&](double at) {
    return std::clamp<int64_t>(static_cast<int64_t>(at), 0, image.width - 1);
  };
  const double above = (1 - right) * image.at(row(top), column(left), c) +
                       right * image.at(row(top), column(left + 1), c);
  const double below = (1 - right) * image.at(row(top + 1), column(left), c) +
                       right * image.at(row(top + 1), column(left + 1), c);
  return static_cast<float>((1 - down) * above + down * below);
}

}  // namespace

std::span<const std::string_view> corruption_names() { return kNames; }

Image corrupt_by_noise(Image image, int severity, Rng& rng) {
  if (severity == 0) return image;
  const double deviation = parameter(kNoiseDeviation, severity);
  const bool gray = is_gray(image);
  const auto channels = static_cast<size_t>(image.channels);
  double drawn = 0;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    if (!gray || i % channels == 0) drawn = rng.normal();
    image.pixels[i] =
        std::clamp(image.pixels[i] + static_cast<float>(deviation * drawn), 0.0F, 1.0F);
  }
  return image;
}

Image corrupt_by_blur(const Image& image, int severity) {
  if (severity == 0) return image;
  return blur(image, length(kBlurSigma, severity, image));
}

Image corrupt_by_contrast(Image image, int severity) {
  if (severity == 0) return image;
  const double factor = parameter(kContrastFactor, severity);
  return adjust_contrast(std::move(image), static_cast<float>(factor));
}

Image corrupt_by_jpeg(const Image& image, int severity) {
  if (severity == 0) return image;
  const auto file =
      encode_jpeg(image, static_cast<int>(parameter(kJpegQuality, severity)));
  auto decoded = decode_jpeg(std::as_bytes(std::span(file)));
  MEDGRAFT_CHECK(decoded.has_value(), "a JPEG file of our own is unreadable");
  decoded.value().orientation = image.orientation;
  return std::move(decoded.value());
}

Image corrupt_by_brightness(Image image, int severity) {
  if (severity == 0) return image;
  const double factor = parameter(kBrightnessFactor, severity);
  return adjust_brightness(std::move(image), static_cast<float>(factor));
}

Image corrupt_by_motion(const Image& image, int severity, Rng& rng) {
  if (severity == 0) return image;
  return smear(image, length(kMotionRadius, severity, image),
               length(kMotionSigma, severity, image),
               rng.uniform(-kMaximumDegrees, kMaximumDegrees));
}

Image smear(const Image& image, double radius, double sigma, double degrees) {
  const auto taps = static_cast<int64_t>(2 * radius + 0.5) + 1;
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = 0; i < taps; ++i) {
    const double distance = static_cast<double>(i) / sigma;
    weights.push_back(std::exp(-distance * distance / 2));
    sum += weights.back();
  }
  const double radians = degrees * std::numbers::pi / 180;
  const double down = std::sin(radians), right = std::cos(radians);
  Image out = image;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      for (int64_t c = 0; c < image.channels; ++c) {
        double value = 0;
        for (int64_t i = 0; i < taps; ++i) {
          const auto t = static_cast<double>(i);
          value += weights[static_cast<size_t>(i)] *
                   sample(image, static_cast<double>(y) + t * down,
                          static_cast<double>(x) + t * right, c);
        }
        out.at(y, x, c) = static_cast<float>(std::clamp(value / sum, 0.0, 1.0));
      }
    }
  }
  return out;
}

}  // namespace medgraft::image
