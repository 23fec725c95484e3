#include "medgraft/statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "medgraft/statistics/wilson.h"

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// The items of each (bin, label), bins ascending, negatives first.
std::vector<std::vector<size_t>> items_by_segment(const LabelColumn& column) {
  const auto assignment = equal_width_assignment(column.probabilities);
  std::vector<std::vector<size_t>> items(2 * kCalibrationBins);
  for (size_t i = 0; i < column.size(); ++i) {
    items[2 * assignment[i] + (column.labels[i] > 0.5 ? 1 : 0)].push_back(i);
  }
  return items;
}

ReliabilityBin reliability_bin(const LabelColumn& column,
                               const std::vector<size_t>& items) {
  ReliabilityBin out{kUndefined, kUndefined, std::ssize(items), kUndefined,
                     kUndefined, kUndefined, kUndefined};
  if (items.empty()) return out;
  std::vector<double> labels;
  std::vector<int64_t> patients;
  double sum = 0;
  out.low = out.high = column.probabilities[items[0]];
  for (const size_t i : items) {
    const double p = column.probabilities[i];
    sum += p;
    out.low = std::min(out.low, p);
    out.high = std::max(out.high, p);
    labels.push_back(column.labels[i]);
    patients.push_back(column.patients[i]);
  }
  const auto interval = wilson_interval(clustered_proportion(labels, patients));
  out.probability = sum / static_cast<double>(items.size());
  out.rate = interval.value;
  out.rate_low = interval.low;
  out.rate_high = interval.high;
  return out;
}

}  // namespace

std::vector<size_t> equal_width_assignment(std::span<const double> probabilities) {
  std::vector<size_t> bins;
  bins.reserve(probabilities.size());
  for (const double p : probabilities) bins.push_back(calibration_bin(p));
  return bins;
}

std::vector<size_t> equal_mass_assignment(std::span<const double> probabilities) {
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return probabilities[a] < probabilities[b];
  });
  std::vector<size_t> bins(order.size());
  size_t at = 0;
  for (size_t bin = 0; bin < kCalibrationBins; ++bin) {
    const auto total = static_cast<double>(order.size());
    const size_t end = at + static_cast<size_t>(equal_count_bin_size(total, bin));
    for (; at < end; ++at) bins[order[at]] = bin;
  }
  return bins;
}

std::vector<ReliabilityBin> reliability_bins(const LabelColumn& column,
                                             std::span<const size_t> assignment,
                                             bool is_equal_width) {
  std::vector<std::vector<size_t>> items(kCalibrationBins);
  for (size_t i = 0; i < column.size(); ++i) {
    items[assignment[i]].push_back(i);
  }
  std::vector<ReliabilityBin> bins;
  for (const auto& of_bin : items) {
    bins.push_back(reliability_bin(column, of_bin));
    if (!is_equal_width) continue;
    const auto place = static_cast<double>(bins.size() - 1);
    bins.back().low = place / double{kCalibrationBins};
    bins.back().high = (place + 1) / double{kCalibrationBins};
  }
  return bins;
}

BinnedSample::BinnedSample(const LabelColumn& column) {
  probabilities_.reserve(column.size());
  patients_.reserve(column.size());
  const auto items = items_by_segment(column);
  for (size_t s = 0; s < items.size(); ++s) {
    if (items[s].empty()) continue;
    const size_t first = probabilities_.size();
    for (const size_t i : items[s]) {
      probabilities_.push_back(column.probabilities[i]);
      patients_.push_back(static_cast<uint32_t>(column.patients[i]));
    }
    segments_.push_back({s / 2, s % 2 == 1, first, probabilities_.size()});
  }
}

std::vector<BinMoments> BinnedSample::bins(std::span<const double> patient_counts) const {
  std::vector<BinMoments> bins(kCalibrationBins);
  for (const auto& segment : segments_) {
    double weight = 0, sum = 0, squares = 0;
    for (size_t i = segment.first; i < segment.last; ++i) {
      const double w = patient_counts.empty() ? 1 : patient_counts[patients_[i]];
      const double wp = w * probabilities_[i];
      weight += w;
      sum += wp;
      squares += wp * probabilities_[i];
    }
    auto& bin = bins[segment.bin];
    bin.weight += weight;
    bin.probability += sum;
    bin.probability_squared += squares;
    if (!segment.positive) continue;
    bin.label += weight;
    bin.product += sum;
  }
  return bins;
}

double maximum_calibration_error(std::span<const BinMoments> bins) {
  double largest = kUndefined;
  for (const auto& bin : bins) {
    if (bin.weight == 0) continue;
    largest = std::fmax(largest, std::abs(bin.probability - bin.label) / bin.weight);
  }
  return largest;
}

double expected_observed_ratio(std::span<const BinMoments> bins) {
  double expected = 0, observed = 0;
  for (const auto& bin : bins) {
    expected += bin.probability;
    observed += bin.label;
  }
  return observed > 0 ? expected / observed : kUndefined;
}

BrierParts brier_parts(std::span<const BinMoments> bins) {
  double total = 0, positives = 0;
  for (const auto& bin : bins) {
    total += bin.weight;
    positives += bin.label;
  }
  const double rate = total > 0 ? positives / total : kUndefined;
  BrierParts out{total > 0 ? 0 : kUndefined, total > 0 ? 0 : kUndefined,
                 rate * (1 - rate), total > 0 ? 0 : kUndefined,
                 total > 0 ? 0 : kUndefined};
  for (const auto& bin : bins) {
    if (bin.weight == 0) continue;
    const double p = bin.probability / bin.weight, y = bin.label / bin.weight;
    const double share = bin.weight / total;
    out.reliability += share * (p - y) * (p - y);
    out.resolution += share * (y - rate) * (y - rate);
    out.within_bin_variance +=
        share * std::max(0.0, bin.probability_squared / bin.weight - p * p);
    out.within_bin_covariance += share * 2 * (bin.product / bin.weight - p * y);
  }
  return out;
}

}  // namespace medgraft::statistics
