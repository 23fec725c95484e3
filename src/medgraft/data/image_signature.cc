#include "medgraft/data/image_signature.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"
#include "medgraft/image/resize.h"
#include "medgraft/image/transform.h"

namespace medgraft::data {
namespace {

constexpr size_t kSide = 32;  // Source: DESIGN.md section 5.
// Of the reduction, values in [0, 1]: less than a step of 16 bits is rounding.
constexpr double kFlatDeviation = 1e-5;

using Square = std::array<std::array<double, kSide>, kSide>;

struct Frequency {
  size_t vertical, horizontal;
};

// Every frequency but the mean, by rising sum, which is by falling share in most
// pictures.
const std::array<Frequency, kShapeLength - 1>& frequencies() {
  static const auto kOrder = [] {
    std::array<Frequency, kShapeLength - 1> order{};
    size_t next = 0;
    for (size_t sum = 1; sum <= 2 * (kSide - 1); ++sum) {
      for (size_t v = 0; v <= sum; ++v) {
        if (v < kSide && sum - v < kSide) order.at(next++) = {v, sum - v};
      }
    }
    return order;
  }();
  return kOrder;
}

// basis[k][x]: the k-th function of the orthonormal DCT-II.
const Square& basis() {
  static const Square kBasis = [] {
    Square basis{};
    for (size_t k = 0; k < kSide; ++k) {
      const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / kSide);
      for (size_t x = 0; x < kSide; ++x) {
        basis[k][x] = scale * std::cos(std::numbers::pi * static_cast<double>(k) *
                                       (2.0 * static_cast<double>(x) + 1) / (2 * kSide));
      }
    }
    return basis;
  }();
  return kBasis;
}

// @return [vertical frequency][horizontal frequency].
Square transform(const image::Image& reduced) {
  const auto& waves = basis();
  Square rows{}, out{};
  for (size_t y = 0; y < kSide; ++y) {
    const float* row = reduced.pixels.data() + y * kSide;
    for (size_t k = 0; k < kSide; ++k) {
      for (size_t x = 0; x < kSide; ++x) rows[y][k] += waves[k][x] * row[x];
    }
  }
  for (size_t v = 0; v < kSide; ++v) {
    for (size_t y = 0; y < kSide; ++y) {
      for (size_t h = 0; h < kSide; ++h) out[v][h] += waves[v][y] * rows[y][h];
    }
  }
  return out;
}

bool is_gray(const image::Image& image) {
  if (image.channels == 1) return true;
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    if (image.pixels[i] != image.pixels[i + 1] || image.pixels[i] != image.pixels[i + 2])
      return false;
  }
  return true;
}

std::array<uint64_t, 2> digest_of(const image::Image& image) {
  Sha256 digest;
  digest.update(text(image.height, " ", image.width, " ", image.channels, " "));
  digest.update({reinterpret_cast<const char*>(image.pixels.data()),
                 image.pixels.size() * sizeof(float)});
  const auto hex = digest.hex();
  constexpr size_t kDigits = 16;  // Of a 64-bit word.
  return {std::stoull(hex.substr(0, kDigits), nullptr, 16),
          std::stoull(hex.substr(kDigits, kDigits), nullptr, 16)};
}

// One channel of a picture that is grey in content.
image::Image first_channel(const image::Image& image) {
  image::Image out{image.height, image.width, 1, {}};
  out.pixels.reserve(image.pixels.size() / 3);
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    out.pixels.push_back(image.pixels[i]);
  }
  return out;
}

}  // namespace

ImageSignature sign_image(const image::Image& image, std::span<float> shape) {
  MEDGRAFT_CHECK(shape.size() == kShapeLength, "shape of ", shape.size());
  if (image.channels == 3 && is_gray(image))
    return sign_image(first_channel(image), shape);
  ImageSignature signature{digest_of(image), true};
  std::fill(shape.begin(), shape.end(), 0.0F);
  const auto reduced = image::resize(image::to_gray(image), kSide, kSide);
  const auto coefficients = transform(reduced);
  double square = 0;
  for (const auto& [v, h] : frequencies())
    square += coefficients[v][h] * coefficients[v][h];
  const double length = std::sqrt(square);
  // The deviation is the length over the root of the number of pixels. NaN is flat too.
  if (!(length / kSide > kFlatDeviation)) return signature;
  signature.is_flat = false;
  size_t next = 0;
  for (const auto& [v, h] : frequencies()) {
    shape[next++] = static_cast<float>(coefficients[v][h] / length);
  }
  return signature;
}

const std::array<float, kShapeLength>& mirror_signs() {
  static const auto kSigns = [] {
    std::array<float, kShapeLength> signs{};
    for (size_t i = 0; i < frequencies().size(); ++i) {
      signs.at(i) = frequencies().at(i).horizontal % 2 == 1 ? -1.0F : 1.0F;
    }
    return signs;
  }();
  return kSigns;
}

}  // namespace medgraft::data
