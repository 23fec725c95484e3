#include "medgraft/statistics/recalibration_temperature.h"

#include <cmath>

namespace medgraft::statistics {

Result<double> minimize_over_inverse_temperature(
    const std::function<Slope(double)>& slope_at) {
  constexpr int kMaxIterations = 200;
  constexpr double kLargest = 1e12;  // Of beta, before the bracket is given up.
  if (slope_at(0).first >= 0) {
    return Failure{
        "the validation labels contradict the predictions: no positive temperature"};
  }
  double low = 0, high = 1;
  while (slope_at(high).first < 0) {
    low = high;
    high *= 2;
    if (high > kLargest) return Failure{"the fit does not converge"};
  }
  double beta = low > 0 ? (low + high) / 2 : 1;
  for (int i = 0; i < kMaxIterations && high - low > 1e-15 * high; ++i) {
    const auto slope = slope_at(beta);
    if (slope.first == 0) break;
    (slope.first < 0 ? low : high) = beta;
    const double newton = beta - slope.first / slope.second;
    const double next = newton > low && newton < high ? newton : (low + high) / 2;
    const bool is_final = std::abs(next - beta) < 1e-15 * beta;
    beta = next;
    if (is_final) break;
  }
  return 1 / beta;
}

}  // namespace medgraft::statistics
