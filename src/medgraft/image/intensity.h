#pragma once

#include "medgraft/base/rng.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

/// Changes of values alone or of their neighbourhood; pixels in [0, 1] stay there.

/// Brightness: times `factor`. Contrast: blends with the mean grey. Saturation: blends
/// with the grey picture (nothing to do where there is one channel). Results stay in [0,
/// 1].
Image adjust_brightness(Image image, float factor);
Image adjust_contrast(Image image, float factor);
Image adjust_saturation(Image image, float factor);

/// Turns the hue by this share of the colour circle (HSV); grey stays as it is.
Image adjust_hue(Image image, float turn);

/// To the power of `exponent`, which is above 0.
Image adjust_gamma(Image image, float exponent);

/// Histogram equalization, each channel by itself, on 65,536 levels: a value becomes the
/// share of pixels up to it, from 0 for the lowest. A channel of one value stays.
Image equalize(Image image);

/// Contrast-limited adaptive equalization of each channel: equalizes in tiles x tiles
/// parts with 256 levels, none counted more than `limit` times the mean, and blends
/// between the parts' middles. @param limit at least 1. @param tiles at least 1.
/// Source: Zuiderveld 1994, Graphics Gems IV, "Contrast limited adaptive histogram
/// equalization".
Image equalize_locally(Image image, double limit, int64_t tiles);

/// Gaussian of standard deviation `sigma` pixels, cut off at 3 sigma; the border's pixels
/// go on outside.
Image blur(const Image& image, double sigma);

/// Adds a normal deviate times `sigma` to every value; results are cut off at 0 and 1.
Image add_noise(Image image, double sigma, Rng& rng);

}  // namespace medgraft::image
