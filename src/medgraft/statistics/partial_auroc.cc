#include "medgraft/statistics/partial_auroc.h"

#include <cmath>
#include <limits>

namespace medgraft::statistics {
namespace {

// The area below y(x) from x = 0 to `limit`, by trapezoids; x ascends from 0 to 1.
double area_up_to(const std::vector<double>& x, const std::vector<double>& y,
                  double limit) {
  double area = 0;
  for (size_t i = 1; i < x.size() && x[i - 1] < limit; ++i) {
    const double width = x[i] - x[i - 1];
    const double part = x[i] <= limit ? 1 : (limit - x[i - 1]) / width;
    area += part * width * (y[i - 1] + part * (y[i] - y[i - 1]) / 2);
  }
  return area;
}

bool is_undefined(const RocCurve& curve) {
  return curve.fpr.size() < 2 || std::isnan(curve.fpr[0]) || std::isnan(curve.tpr[0]);
}

}  // namespace

double partial_area_of_fpr(const RocCurve& curve, double max_fpr) {
  if (is_undefined(curve)) return std::numeric_limits<double>::quiet_NaN();
  return area_up_to(curve.fpr, curve.tpr, max_fpr);
}

double partial_area_of_tpr(const RocCurve& curve, double min_tpr) {
  if (is_undefined(curve)) return std::numeric_limits<double>::quiet_NaN();
  // Mirrored at the other diagonal: from (1, 1) down, misses against specificity.
  std::vector<double> misses, specificity;
  for (size_t i = curve.fpr.size(); i-- > 0;) {
    misses.push_back(1 - curve.tpr[i]);
    specificity.push_back(1 - curve.fpr[i]);
  }
  return area_up_to(misses, specificity, 1 - min_tpr);
}

double standardize_partial_area(double area, double width) {
  const double chance = width * width / 2;
  return 0.5 * (1 + (area - chance) / (width - chance));
}

}  // namespace medgraft::statistics
