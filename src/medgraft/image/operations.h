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
  kFactors,  ///< Up to three numbers from 0: spreads around a factor of 1.
  kRange,    ///< Two different numbers.
  kWindow,   ///< A kind of window, or its center and width.
};

/// One word of the preprocessing language.
struct Operation {
  std::string_view name;
  std::string_view form;  ///< As help prints it.
  std::string_view summary;
  Arguments arguments;
  std::array<double, 3> defaults;
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
