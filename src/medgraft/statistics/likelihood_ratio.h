#pragma once

#include <cstdint>
#include <span>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// The positive likelihood ratio, sensitivity / (1 - specificity), with its 95% interval
/// on the log scale: Simel, Samsa and Matchar 1991, J. Clin. Epidemiol. 44:763; with
/// several cases a patient, the variance of the linearized log ratio between patients.
/// @param calls [N] called positive above 0.5; @param labels [N], positive above 0.5;
/// @param clusters [N] the patient of each.
/// @return infinity without a false positive, 0 without a true one, both with limits of
/// NaN; NaN where a class is absent, or no case is called positive.
Interval positive_likelihood_ratio(std::span<const double> calls,
                                   std::span<const double> labels,
                                   std::span<const int64_t> clusters);

}  // namespace medgraft::statistics
