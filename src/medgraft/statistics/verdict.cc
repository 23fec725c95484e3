#include "medgraft/statistics/verdict.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace medgraft::statistics {

Verdict judge(const Interval& difference, double p_adjusted, std::optional<double> margin,
              bool higher_is_better, int64_t num_seeds) {
  constexpr double kLevel = 0.05;
  if (num_seeds < 2) return Verdict::kNoClaim;
  const double gain = higher_is_better ? difference.value : -difference.value;
  const double least_gain = higher_is_better ? difference.low : -difference.high;
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

double minimum_detectable(double standard_error, double degrees_of_freedom) {
  const auto sum_of_quantiles = [](const auto& distribution) {
    return boost::math::quantile(distribution, 0.975) +
           boost::math::quantile(distribution, 0.8);
  };
  const double critical =
      std::isinf(degrees_of_freedom)
          ? sum_of_quantiles(boost::math::normal())
          : sum_of_quantiles(boost::math::students_t(degrees_of_freedom));
  return critical * standard_error;
}

}  // namespace medgraft::statistics
