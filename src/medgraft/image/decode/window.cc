#include "medgraft/image/decode/window.h"

#include <cmath>

namespace medgraft::image {
namespace {

double percentile(std::vector<double>& values, double percent) {
  const double rank = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(rank);
  const auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end());
  if (at + 1 == values.end()) return *at;
  const double above = *std::min_element(at + 1, values.end());
  return *at + (above - *at) * (rank - static_cast<double>(below));
}

}  // namespace

Ramp linear_window(double center, double width) {
  if (width < 1) return {center - width / 2, center + width / 2};
  const double middle = center - 0.5, half = (width - 1) / 2;
  return {middle - half, middle + half};
}

Ramp percentile_window(std::vector<double>& values, double low, double high) {
  if (values.empty()) return {};
  const double from = percentile(values, low);
  return {from, percentile(values, high)};
}

Image windowed(Image image, const Window& window, double stored_maximum) {
  using enum Window::Kind;
  if (window.kind == kAuto || window.kind == kFirst) return image;
  std::vector<double> values;
  if (window.kind == kPercentile) {
    values.reserve(image.pixels.size());
    for (const float pixel : image.pixels) values.push_back(pixel * stored_maximum);
  }
  const auto ramp = window.kind == kFixed
                        ? linear_window(window.first, window.second)
                        : percentile_window(values, window.first, window.second);
  for (auto& pixel : image.pixels) {
    pixel = static_cast<float>(ramp(pixel * stored_maximum));
  }
  return image;
}

}  // namespace medgraft::image
