#pragma once

#include <functional>

#include "medgraft/base/result.h"

namespace medgraft::statistics {

inline constexpr char kNoValidationError[] =
    "no validation prediction errs: the likelihood grows without end as T falls";

/// First and second derivative of a mean negative log likelihood.
struct Slope {
  double first = 0, second = 0;
};

/// The T = 1 / beta at which a convex likelihood's derivative is 0: Newton's method
/// inside a bracket. Refused where the derivative at beta = 0 is not negative.
/// @param slope_at a function of beta > 0 whose derivative becomes positive in the end.
Result<double> minimize_over_inverse_temperature(
    const std::function<Slope(double)>& slope_at);

}  // namespace medgraft::statistics
