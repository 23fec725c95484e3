#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "medgraft/base/rng.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

/// What the arguments of an operation must be.
enum class Arguments {
  kNone,
  kSize,         ///< N or H,W: whole numbers of pixels.
  kSizeAndArea,  ///< N, then the least and the greatest share of the area.
  kProbability,
  kDegrees,
  kFactors,    ///< Spreads around a factor of 1 from 0 to 10; the fourth a hue, to 0.5.
  kWarp,       ///< Degrees, share of the side, spread of the scale, degrees of shear.
  kSide,       ///< left or right, held as 0 and 1.
  kThreshold,  ///< Nothing, or a grey value from 0 to below 1.
  kPixels,     ///< A distance from 0 to 64.
  kNoise,      ///< A standard deviation from 0 to 1.
  kPower,      ///< A factor from 1 to 10.
  kTiles,      ///< A limit from 1 to 100, then 1 to 64 tiles.
  kSeverity,   ///< A whole number from 0 to 5.
  kRange,      ///< Two different numbers.
  kWindow,     ///< A kind of window, or its center and width.
};

/// One word of the preprocessing language.
struct Operation {
  std::string_view name;
  std::string_view form;  ///< As help prints it.
  std::string_view summary;
  Arguments arguments;
  std::array<double, 4> defaults;
  size_t num_required;
  size_t num_allowed;
  bool is_random;
  bool needs_unit_range;  ///< Takes pixels in [0, 1], so goes before `normalize`.
  /// Null for `decode`, which the caller does. @param arguments with defaults filled in.
  Image (*apply)(Image image, std::span<const double> arguments, Rng& rng);
};

/// Every operation there is.
std::span<const Operation> operations();

}  // namespace medgraft::image
