#pragma once

#include <span>

#include "medgraft/statistics/calibration.h"

namespace medgraft::statistics {

/// Expected calibration error less its bias: what sampling noise alone adds to each bin's
/// |difference|, from a normal approximation in closed form; at least 0. NaN without
/// cases. Source: Kumar et al. 2019, section 5.
double debiased_ece(std::span<const CalibrationBin> bins);

}  // namespace medgraft::statistics
