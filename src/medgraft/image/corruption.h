#pragma once

#include <span>
#include <string>
#include <string_view>

#include "medgraft/base/rng.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

/// Ways in which a picture may be worse than those that a network learned from, each at
/// severities 1 to 5 (0 leaves it alone). Pixels are in [0, 1] and stay there. Lengths
/// are those published for pictures of 32, 64 and 224 pixels, by the shorter side:
/// linear between these, constant below and proportional above.
/// docs/metrics/corruptions.md has the parameters.
/// Source: Hendrycks and Dietterich 2019, arXiv:1903.12261 (blur, motion); Di Salvo et
/// al. 2024, arXiv:2406.17536, registry of ChestMNIST (noise, contrast, brightness,
/// JPEG).

inline constexpr int kMaximumSeverity = 5;

/// Adds a normal deviate to every value; one a pixel where all channels are equal, so
/// that a grey picture stays grey. The same draws at every severity.
Image corrupt_by_noise(Image image, int severity, Rng& rng);
/// Gaussian, cut off at 3 standard deviations.
Image corrupt_by_blur(const Image& image, int severity);
/// Towards the mean grey.
Image corrupt_by_contrast(Image image, int severity);
/// Written as JPEG and read again.
Image corrupt_by_jpeg(const Image& image, int severity);
/// Every value times a factor above 1, cut off at 1.
Image corrupt_by_brightness(Image image, int severity);
/// Smears to one side along a line, at a random angle from -45 to 45 degrees.
Image corrupt_by_motion(const Image& image, int severity, Rng& rng);
/// The same at a given angle. Weights exp(-t^2 / 2 sigma^2) at t from 0 to twice the
/// radius, in pixels, as ImageMagick's, but bilinear between pixels; the border goes on.
Image smear(const Image& image, double radius, double sigma, double degrees);

/// The names, in the order above: noise, blur, contrast, jpeg, brightness, motion.
std::span<const std::string_view> corruption_names();

}  // namespace medgraft::image
