#pragma once

#include <algorithm>
#include <vector>

#include "medgraft/image/decode/decode.h"

namespace medgraft::image {

/// A straight line between two values, 0 before and 1 behind it.
struct Ramp {
  double low = 0, high = 1;

  double operator()(double value) const {
    if (!(high > low)) return value > low ? 1 : 0;
    return std::clamp((value - low) / (high - low), 0.0, 1.0);
  }
};

/// DICOM's linear window. Source: PS3.3, C.11.2.1.2.1. A width below 1, which that
/// definition excludes, is taken as its exact form has it.
Ramp linear_window(double center, double width);

/// @param values reordered. @return from the `low`th to the `high`th percentile, each
/// interpolated between the two nearest ranks; 0 to 1 for no values.
Ramp percentile_window(std::vector<double>& values, double low, double high);

/// Applies a window to a picture that has none of its own.
/// @param image in [0, 1]. @param stored_maximum the value that 1 stands for.
Image windowed(Image image, const Window& window, double stored_maximum);

}  // namespace medgraft::image
