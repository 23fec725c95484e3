#pragma once

#include <optional>
#include <string>

#include "medgraft/evaluation/cells.h"

namespace medgraft::report {

/// What a comparison with the baseline allows to say (STATISTICS.md section 4).
enum class Verdict { kBetter, kNonInferior, kInconclusive, kWorse, kNoClaim };

/// @param contrast arm less baseline. @param p_adjusted by Holm within the family.
/// @param margin of non-inferiority, in the metric's unit; without one there is no claim
/// of it. @param num_seeds the smaller of the two arms'; one alone supports no claim.
Verdict judge(const evaluation::Contrast& contrast, double p_adjusted,
              std::optional<double> margin, bool higher_is_better, int64_t num_seeds);

/// "better", "non-inferior", "inconclusive", "worse", "no claim (one seed)".
std::string to_string(Verdict verdict);

}  // namespace medgraft::report
