#include "medgraft/report/verdict.h"

namespace medgraft::report {

Verdict judge(const evaluation::Contrast& contrast, double p_adjusted,
              std::optional<double> margin, bool higher_is_better, int64_t num_seeds) {
  constexpr double kLevel = 0.05;
  if (num_seeds < 2) return Verdict::kNoClaim;
  const double gain = higher_is_better ? contrast.difference : -contrast.difference;
  const double least_gain = higher_is_better ? contrast.ci_low : -contrast.ci_high;
  if (p_adjusted < kLevel) return gain > 0 ? Verdict::kBetter : Verdict::kWorse;
  if (margin && least_gain > -*margin) return Verdict::kNonInferior;
  return Verdict::kInconclusive;
}

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kNonInferior:
      return "non-inferior";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kNoClaim:
      return "no claim (one seed)";
    case Verdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

}  // namespace medgraft::report
