#include "medgraft/statistics/selective.h"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// The number of cases kept at a coverage: ceil(percent / 100 * total), in whole numbers.
double cases_at(int percent, double total) {
  return std::max(1.0, std::ceil(percent * total / 100));
}

// Walks the ranking tie by tie, and states the risk at each number of cases kept.
struct Walk {
  double kept = 0, wrong = 0, sum_of_risks = 0;
  std::array<double, kCoverages.size()> stops{};
  size_t next_stop = 0;

  void add_tie(double cases, double errors, SelectiveFigures& out) {
    const double rate = errors / cases;
    for (; next_stop < stops.size() && stops[next_stop] <= kept + cases; ++next_stop) {
      const double n = stops[next_stop];
      out.accuracy_at[next_stop] = 1 - (wrong + (n - kept) * rate) / n;
    }
    for (double n = 1; n <= cases; ++n) {
      sum_of_risks += (wrong + n * rate) / (kept + n);
    }
    kept += cases;
    wrong += errors;
  }
};

}  // namespace

double optimal_aurc(double total, double errors) {
  if (total == 0) return kUndefined;
  const double right = total - errors;
  if (errors == 0 || right == 0) return errors == 0 ? 0 : 1;
  const double harmonic =
      boost::math::digamma(total + 1) - boost::math::digamma(right + 1);
  return (errors - right * harmonic) / total;
}

SelectiveSample::SelectiveSample(std::span<const double> confidences,
                                 std::span<const double> errors,
                                 std::span<const int64_t> patients) {
  std::vector<size_t> order(confidences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return confidences[a] > confidences[b]; });
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t at = order[i];
    patients_.push_back(static_cast<uint32_t>(patients[at]));
    errors_.push_back(errors[at] > 0.5);
    ends_tie_.push_back(i + 1 == order.size() ||
                        confidences[order[i + 1]] < confidences[at]);
  }
}

SelectiveSample SelectiveSample::of(const LabelColumn& column) {
  std::vector<double> confidences, errors;
  for (size_t i = 0; i < column.size(); ++i) {
    const double p = column.probabilities[i];
    confidences.push_back(std::max(p, 1 - p));
    errors.push_back((p >= 0.5) != (column.labels[i] > 0.5));
  }
  return {confidences, errors, column.patients};
}

SelectiveFigures SelectiveSample::score(std::span<const double> patient_counts) const {
  SelectiveFigures out;
  out.accuracy_at.fill(kUndefined);
  std::vector<double> weights(size(), 1.0);
  double total = static_cast<double>(size());
  if (!patient_counts.empty()) {
    total = 0;
    for (size_t i = 0; i < size(); ++i) {
      weights[i] = patient_counts[patients_[i]];
      total += weights[i];
    }
  }
  Walk walk;
  for (size_t c = 0; c < kCoverages.size(); ++c) {
    walk.stops[c] = cases_at(kCoverages[c], total);
  }
  double cases = 0, errors = 0;
  for (size_t i = 0; i < size(); ++i) {
    cases += weights[i];
    errors += errors_[i] * weights[i];
    if (!ends_tie_[i] || cases == 0) continue;
    walk.add_tie(cases, errors, out);
    cases = errors = 0;
  }
  out.aurc = total > 0 ? walk.sum_of_risks / total : kUndefined;
  out.e_aurc = out.aurc - optimal_aurc(total, walk.wrong);
  return out;
}

double SelectiveSample::risk_at(size_t n) const {
  double wrong = 0;
  for (size_t first = 0; first < size();) {
    size_t last = first;
    double errors = 0;
    for (bool is_tied = true; is_tied; ++last) {
      errors += errors_[last];
      is_tied = !ends_tie_[last];
    }
    if (last >= n) {
      wrong +=
          errors * static_cast<double>(n - first) / static_cast<double>(last - first);
      break;
    }
    wrong += errors;
    first = last;
  }
  return wrong / static_cast<double>(n);
}

}  // namespace medgraft::statistics
