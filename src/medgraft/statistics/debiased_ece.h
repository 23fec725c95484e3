#pragma once

#include <span>

namespace medgraft::statistics {

/// Weighted sums over the cases of one bin of probabilities.
struct CalibrationBin {
  double weight = 0, probability = 0, label = 0;
};

/// Expected calibration error less its bias: what sampling noise alone adds to each bin's
/// |difference|, from a normal approximation in closed form; at least 0. NaN without
/// cases. Source: Kumar et al. 2019, section 5.
double debiased_ece(std::span<const CalibrationBin> bins);

}  // namespace medgraft::statistics
