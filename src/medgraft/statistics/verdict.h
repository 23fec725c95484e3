#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// What a comparison allows to say (STATISTICS.md section 4).
enum class Verdict { kBetter, kNonInferior, kInconclusive, kWorse, kNoClaim };

/// @param difference a - b and its 95% interval. @param p_adjusted by Holm within the
/// family. @param margin of non-inferiority, in the metric's unit; without one there is
/// no claim of it. @param num_seeds the smaller of two arms' that are compared by their
/// seeds; one alone supports no claim about arms.
Verdict judge(const Interval& difference, double p_adjusted, std::optional<double> margin,
              bool higher_is_better, int64_t num_seeds = 2);

/// "better", "non-inferior", "inconclusive", "worse", "no claim (one seed)".
std::string to_string(Verdict verdict);

/// The smallest true difference that a test of this standard error finds with 80% power
/// at 5%, two-sided. @param degrees_of_freedom of the standard error; infinite: normal.
double minimum_detectable(double standard_error, double degrees_of_freedom);

}  // namespace medgraft::statistics
