#include "medgraft/statistics/selective.h"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

constexpr double kEuler = 0.57721566490153286;

// The number of cases kept at a coverage: ceil(percent / 100 * total), in whole numbers.
double cases_at(int percent, double total) {
  return std::max(1.0, std::ceil(percent * total / 100));
}

double harmonic(double n) { return boost::math::digamma(n + 1) + kEuler; }

}  // namespace

double optimal_aurc(double total, double errors) {
  if (total == 0) return kUndefined;
  const double right = total - errors;
  return (errors - right * (harmonic(total) - harmonic(right))) / total;
}

HarmonicSums::HarmonicSums(size_t size) : sums_(size) {
  double number = 0;  // H(n - 1)
  for (size_t n = 1; n < size; ++n) {
    sums_[n] = sums_[n - 1] + number;
    number += 1 / static_cast<double>(n);
  }
}

double HarmonicSums::beyond(size_t n) {
  const auto number = static_cast<double>(n);
  return number * harmonic(number) - number;
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

SelectiveFigures SelectiveSample::score(const HarmonicSums& sums,
                                        std::span<const double> patient_counts) const {
  constexpr size_t kStride = 256;  // Between milestones.
  std::vector<Milestone> milestones = {{}};
  size_t taken = 0, before = 0;  // Cases up to here, and before the tie at hand.
  double wrong = 0, below = 0, errors = 0, sum_before = 0;
  for (size_t i = 0; i < size(); ++i) {
    const double w = weight(i, patient_counts);
    taken += static_cast<size_t>(w);
    errors += errors_[i] * w;
    if (!ends_tie_[i]) continue;
    const double sum_after = sums(taken);
    // Without a branch: whether a case was drawn cannot be predicted.
    const auto cases = static_cast<double>(std::max<size_t>(taken - before, 1));
    below += errors / cases * (sum_after - sum_before);
    sum_before = sum_after;
    before = taken;
    wrong += errors;
    errors = 0;
    if (i >= milestones.back().next + kStride) {
      milestones.push_back({i + 1, static_cast<double>(taken), wrong});
    }
  }
  const auto kept = static_cast<double>(taken);
  SelectiveFigures out;
  out.aurc = kept > 0 ? (wrong * harmonic(kept) - below) / kept : kUndefined;
  out.e_aurc = out.aurc - optimal_aurc(kept, wrong);
  for (size_t c = 0; c < kCoverages.size(); ++c) {
    const double n = cases_at(kCoverages[c], kept);
    const auto after = std::upper_bound(
        milestones.begin() + 1, milestones.end(), n,
        [](double value, const Milestone& milestone) { return value <= milestone.kept; });
    out.accuracy_at[c] =
        kept > 0 ? accuracy_at(n, *std::prev(after), patient_counts) : kUndefined;
  }
  return out;
}

double SelectiveSample::accuracy_at(double n, const Milestone& from,
                                    std::span<const double> patient_counts) const {
  auto [i, kept, wrong] = from;
  double cases = 0, errors = 0;
  for (; i < size(); ++i) {
    const double w = weight(i, patient_counts);
    cases += w;
    errors += errors_[i] * w;
    if (!ends_tie_[i]) continue;
    if (kept + cases >= n) break;
    kept += cases;
    wrong += errors;
    cases = errors = 0;
  }
  return 1 - (wrong + errors * (n - kept) / cases) / n;
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
