#include "medgraft/statistics/net_benefit.h"

#include <algorithm>
#include <limits>

namespace medgraft::statistics {

DecisionCurve::DecisionCurve(std::span<const double> probabilities,
                             std::span<const double> labels,
                             std::vector<double> thresholds)
    : thresholds_(std::move(thresholds)), labels_(labels.begin(), labels.end()) {
  for (const double p : probabilities) {
    const auto above = std::upper_bound(thresholds_.begin(), thresholds_.end(), p);
    passed_.push_back(static_cast<size_t>(above - thresholds_.begin()));
  }
}

void DecisionCurve::net_benefit(std::span<const double> weights,
                                std::span<double> out) const {
  // [thresholds reached, label]
  std::vector<double> counts(2 * (thresholds_.size() + 1), 0);
  double total = 0;
  for (size_t i = 0; i < passed_.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    counts[2 * passed_[i] + (labels_[i] > 0.5 ? 1 : 0)] += weight;
    total += weight;
  }
  if (total == 0) {
    std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
    return;
  }
  double true_positives = 0, false_positives = 0;
  for (size_t t = thresholds_.size(); t > 0; --t) {
    false_positives += counts[2 * t];
    true_positives += counts[2 * t + 1];
    const double odds = thresholds_[t - 1] / (1 - thresholds_[t - 1]);
    out[t - 1] = (true_positives - false_positives * odds) / total;
  }
}

std::vector<double> DecisionCurve::treat_all() const {
  const auto positives = static_cast<double>(
      std::count_if(labels_.begin(), labels_.end(), [](double y) { return y > 0.5; }));
  const double prevalence = positives / static_cast<double>(labels_.size());
  std::vector<double> out;
  for (const double t : thresholds_) {
    out.push_back(prevalence - (1 - prevalence) * t / (1 - t));
  }
  return out;
}

}  // namespace medgraft::statistics
