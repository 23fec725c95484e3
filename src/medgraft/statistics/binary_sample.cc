#include "medgraft/statistics/binary_sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kClip = std::numeric_limits<double>::epsilon();  // As scikit-learn.
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double weight_of(Weights weights, size_t i) { return weights.empty() ? 1 : weights[i]; }

// The mean of |x| where x is normal: a folded normal's.
double mean_absolute_normal(double mean, double deviation) {
  if (deviation == 0) return std::abs(mean);
  const double z = mean / deviation;
  return deviation * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2) +
         mean * std::erf(z / std::numbers::sqrt2);
}

}  // namespace

size_t calibration_bin(double probability) {
  return std::min(kCalibrationBins - 1,
                  static_cast<size_t>(probability * double{kCalibrationBins}));
}

double debiased_calibration_error(std::span<const CalibrationBin> bins) {
  double expected = 0, total = 0;
  for (const auto& bin : bins) {
    if (bin.weight == 0) continue;
    const double rate = bin.label / bin.weight;
    const double deviation = std::sqrt(rate * (1 - rate) / bin.weight);
    expected += bin.weight * mean_absolute_normal(
                                 (bin.probability - bin.label) / bin.weight, deviation);
    total += bin.weight;
  }
  if (total == 0) return kUndefined;
  return std::max(0.0, 2 * calibration_error(bins) - expected / total);
}

double equal_count_bin_size(double total, size_t bin) {
  const double small = std::floor(total / kCalibrationBins);
  return small + (static_cast<double>(bin) < total - small * kCalibrationBins ? 1 : 0);
}

double log_loss(double probability, bool positive) {
  const double own = positive ? probability : 1 - probability;
  return -std::log(std::clamp(own, kClip, 1 - kClip));
}

double Confusion::accuracy() const {
  return (true_positive + true_negative) /
         (true_positive + true_negative + false_positive + false_negative);
}

double Confusion::f1() const {
  const double denominator = 2 * true_positive + false_positive + false_negative;
  return denominator == 0 ? 0 : 2 * true_positive / denominator;
}

BinarySample::BinarySample(std::vector<double> probabilities, std::vector<double> labels)
    : probabilities_(std::move(probabilities)),
      labels_(std::move(labels)),
      order_(probabilities_.size()) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
    return probabilities_[a] < probabilities_[b];
  });
}

double BinarySample::auroc(Weights weights) const {
  double wins = 0, positives = 0, negatives = 0;
  for (size_t first = 0; first < order_.size();) {
    const double score = probabilities_[order_[first]];
    double tied_positives = 0, tied_negatives = 0;
    for (; first < order_.size() && probabilities_[order_[first]] == score; ++first) {
      const size_t i = order_[first];
      (labels_[i] > 0.5 ? tied_positives : tied_negatives) += weight_of(weights, i);
    }
    wins += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : kUndefined;
}

double BinarySample::auprc(Weights weights) const {
  double positives = 0;
  for (size_t i = 0; i < size(); ++i) {
    if (labels_[i] > 0.5) positives += weight_of(weights, i);
  }
  if (positives == 0) return kUndefined;
  double area = 0, found = 0, taken = 0;
  for (size_t last = order_.size(); last > 0;) {
    const double score = probabilities_[order_[last - 1]];
    double found_here = 0;
    for (; last > 0 && probabilities_[order_[last - 1]] == score; --last) {
      const size_t i = order_[last - 1];
      const double weight = weight_of(weights, i);
      taken += weight;
      if (labels_[i] > 0.5) found_here += weight;
    }
    found += found_here;
    if (taken > 0) area += found_here * (found / taken);
  }
  return area / positives;
}

Confusion BinarySample::confusion(double threshold, Weights weights) const {
  Confusion out;
  for (size_t i = 0; i < size(); ++i) {
    const bool predicted = probabilities_[i] >= threshold;
    double& count = labels_[i] > 0.5
                        ? (predicted ? out.true_positive : out.false_negative)
                        : (predicted ? out.false_positive : out.true_negative);
    count += weight_of(weights, i);
  }
  return out;
}

double BinarySample::nll(Weights weights) const {
  double sum = 0, total = 0;
  for (const size_t i : order_) {
    sum += weight_of(weights, i) * log_loss(probabilities_[i], labels_[i] > 0.5);
    total += weight_of(weights, i);
  }
  return total > 0 ? sum / total : kUndefined;
}

double BinarySample::brier(Weights weights) const {
  double sum = 0, total = 0;
  for (const size_t i : order_) {
    const double error = probabilities_[i] - (labels_[i] > 0.5 ? 1 : 0);
    sum += weight_of(weights, i) * (error * error);
    total += weight_of(weights, i);
  }
  return total > 0 ? sum / total : kUndefined;
}

std::vector<CalibrationBin> BinarySample::equal_width_bins(Weights weights) const {
  std::vector<CalibrationBin> bins(kCalibrationBins);
  for (const size_t i : order_) {
    auto& bin = bins[calibration_bin(probabilities_[i])];
    const double weight = weight_of(weights, i);
    bin.weight += weight;
    bin.probability += weight * probabilities_[i];
    bin.label += weight * (labels_[i] > 0.5 ? 1 : 0);
  }
  return bins;
}

double BinarySample::ece(Weights weights) const {
  return calibration_error(equal_width_bins(weights));
}

double BinarySample::ece_adaptive(Weights weights) const {
  double total = 0;
  for (const size_t i : order_) total += weight_of(weights, i);
  std::vector<CalibrationBin> bins(1);
  double room = equal_count_bin_size(total, 0);
  for (const size_t i : order_) {
    for (double left = weight_of(weights, i); left > 0;) {
      if (room <= 0) {
        room = equal_count_bin_size(total, bins.size());
        bins.emplace_back();
      }
      const double taken = std::min(left, room);
      bins.back().weight += taken;
      bins.back().probability += taken * probabilities_[i];
      bins.back().label += taken * (labels_[i] > 0.5 ? 1 : 0);
      left -= taken;
      room -= taken;
    }
  }
  return calibration_error(bins);
}

double BinarySample::ece_debiased(Weights weights) const {
  return debiased_calibration_error(equal_width_bins(weights));
}

double BinarySample::youden_threshold() const {
  double positives = 0;
  for (const double label : labels_) positives += label > 0.5;
  const double negatives = static_cast<double>(size()) - positives;
  if (positives == 0 || negatives == 0) return kUndefined;
  double below_positives = 0, below_negatives = 0, best = -1, threshold = kUndefined;
  for (size_t first = 0; first < order_.size();) {
    const double score = probabilities_[order_[first]];
    const double youden =
        (positives - below_positives) / positives + below_negatives / negatives;
    if (youden > best) {
      best = youden;
      threshold = score;
    }
    for (; first < order_.size() && probabilities_[order_[first]] == score; ++first) {
      (labels_[order_[first]] > 0.5 ? below_positives : below_negatives) += 1;
    }
  }
  return threshold;
}

}  // namespace medgraft::statistics
