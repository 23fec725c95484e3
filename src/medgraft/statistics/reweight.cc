#include "medgraft/statistics/reweight.h"

#include <limits>

namespace medgraft::statistics {

PrevalenceFigures prevalence_figures(const BinarySample& sample, double threshold,
                                     Weights weights) {
  const auto confusion = sample.confusion(threshold, weights);
  const double flagged = confusion.true_positive + confusion.false_positive;
  return {sample.auprc(weights),
          flagged > 0 ? confusion.true_positive / flagged
                      : std::numeric_limits<double>::quiet_NaN(),
          sample.brier(weights), sample.ece(weights)};
}

double prevalence(std::span<const double> labels, Weights weights) {
  double positive = 0, total = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    total += weight;
    if (labels[i] > 0.5) positive += weight;
  }
  return positive / total;
}

std::vector<double> reweight_to(double target_prevalence, std::span<const double> labels,
                                Weights weights) {
  const double own = prevalence(labels, weights);
  if (!(own > 0 && own < 1)) return {};
  const double of_positive = target_prevalence / own;
  const double of_negative = (1 - target_prevalence) / (1 - own);
  std::vector<double> out;
  out.reserve(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    out.push_back(weight * (labels[i] > 0.5 ? of_positive : of_negative));
  }
  return out;
}

std::vector<double> class_ratios(std::span<const double> target,
                                 std::span<const double> own) {
  std::vector<double> out;
  for (size_t k = 0; k < target.size(); ++k) {
    out.push_back(own[k] > 0 ? target[k] / own[k] : 0);
  }
  return out;
}

}  // namespace medgraft::statistics
