#include "medgraft/statistics/curve_band.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/statistics/wilson.h"

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kLevel = 0.95;

// Rows of the replicates in which the curve is defined.
std::vector<const double*> defined_rows(const CurveReplicates& replicates) {
  std::vector<const double*> rows;
  const size_t stride = replicates.stride;
  for (size_t at = 0; stride > 0 && at + stride <= replicates.values.size();
       at += stride) {
    const double* row = replicates.values.data() + at + replicates.first;
    if (!std::isnan(row[0])) rows.push_back(row);
  }
  return rows;
}

std::vector<double> variances(const std::vector<const double*>& rows, size_t points) {
  const auto count = static_cast<double>(rows.size());
  std::vector<double> mean(points), squares(points);
  for (const double* row : rows) {
    for (size_t i = 0; i < points; ++i) mean[i] += row[i] / count;
  }
  for (const double* row : rows) {
    for (size_t i = 0; i < points; ++i) {
      squares[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / (count - 1);
    }
  }
  return squares;
}

double shrunk_deviation(double p, double trials) {
  const double shrunk = (p * trials + 2) / (trials + 4);
  return std::sqrt(shrunk * (1 - shrunk) / (trials + 4));
}

// The 95th percentile of the largest studentized deviation along the curve.
double critical_value(const std::vector<const double*>& rows,
                      std::span<const double> estimate,
                      const std::vector<double>& deviation) {
  std::vector<double> largest;
  for (const double* row : rows) {
    double most = 0;
    for (size_t i = 0; i < estimate.size(); ++i) {
      most = std::max(most, std::abs(row[i] - estimate[i]) / deviation[i]);
    }
    largest.push_back(most);
  }
  const auto place =
      static_cast<size_t>(std::ceil(kLevel * static_cast<double>(largest.size()))) - 1;
  std::nth_element(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(place),
                   largest.end());
  return largest[place];
}

}  // namespace

std::vector<BandPoint> curve_band(std::span<const double> estimate,
                                  std::span<const double> trials, double independent,
                                  const CurveReplicates& replicates) {
  std::vector<BandPoint> out;
  for (const double p : estimate) {
    out.push_back({p, kUndefined, kUndefined, kUndefined, kUndefined});
  }
  const auto rows = defined_rows(replicates);
  if (rows.size() < 2 || std::isnan(estimate[0])) return out;
  const auto variance = variances(rows, estimate.size());
  std::vector<double> deviation;
  for (size_t i = 0; i < estimate.size(); ++i) {
    deviation.push_back(std::max(std::sqrt(variance[i]),
                                 shrunk_deviation(estimate[i], trials[i] * independent)));
  }
  const double critical = critical_value(rows, estimate, deviation);
  for (size_t i = 0; i < estimate.size(); ++i) {
    auto& point = out[i];
    const double binomial = point.value * (1 - point.value);
    const double effective = binomial > 0 && variance[i] > 0
                                 ? std::min(trials[i], binomial / variance[i])
                                 : trials[i] * independent;
    const auto own = wilson_interval(point.value, effective);
    point.ci_low = own.low;
    point.ci_high = own.high;
    const double half = critical * deviation[i];
    point.band_low = std::min(own.low, std::max(0.0, point.value - half));
    point.band_high = std::max(own.high, std::min(1.0, point.value + half));
  }
  return out;
}

}  // namespace medgraft::statistics
