#include "medgraft/statistics/reweight.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Sums over the cases of one class.
struct ClassSums {
  double weight = 0, probability = 0, squared_error = 0;
};

}  // namespace

// Of one pass, by class, so that any weights of the classes can be applied afterwards;
// but for the area, which is not linear in them.
struct PrevalenceSample::Sums {
  struct Classes {
    ClassSums positive, negative;
  };
  std::array<Classes, kCalibrationBins> bins{};
  double true_positive = 0, false_positive = 0;
  double area = 0, reweighted_area = 0;

  PrevalenceFigures figures(double total_area, double of_positive,
                            double of_negative) const;
};

PrevalenceFigures PrevalenceSample::Sums::figures(double total_area, double of_positive,
                                                  double of_negative) const {
  std::array<CalibrationBin, kCalibrationBins> weighted;
  double positives = 0, total = 0, squares = 0;
  for (size_t b = 0; b < kCalibrationBins; ++b) {
    const auto& [positive, negative] = bins[b];
    auto& bin = weighted[b];
    bin.label = of_positive * positive.weight;
    bin.weight = bin.label + of_negative * negative.weight;
    bin.probability =
        of_positive * positive.probability + of_negative * negative.probability;
    positives += bin.label;
    total += bin.weight;
    squares +=
        of_positive * positive.squared_error + of_negative * negative.squared_error;
  }
  const double found = of_positive * true_positive;
  const double flagged = found + of_negative * false_positive;
  return {positives == 0 ? kUndefined : total_area / positives,
          flagged > 0 ? found / flagged : kUndefined,
          total > 0 ? squares / total : kUndefined, calibration_error(weighted)};
}

PrevalenceSample::PrevalenceSample(const LabelColumn& column, double threshold) {
  const auto& p = column.probabilities;
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return p[a] > p[b]; });
  items_.reserve(order.size());
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t i = order[place];
    const bool ends_tie = place + 1 == order.size() || p[order[place + 1]] != p[i];
    items_.push_back({p[i], static_cast<uint32_t>(column.patients[i]),
                      column.labels[i] > 0.5, ends_tie});
    num_predicted_ += p[i] >= threshold;
  }
  for (size_t place = 0; place < items_.size(); ++place) {
    const size_t bin = calibration_bin(items_[place].probability);
    if (segments_.empty() || segments_.back().bin != bin || place == num_predicted_) {
      segments_.push_back({bin, place, place});
    }
    segments_.back().last = place + 1;
  }
}

double PrevalenceSample::prevalence(std::span<const double> patient_counts) const {
  double positives = 0, total = 0;
  for (const auto& item : items_) {
    const double w = weight(item, patient_counts);
    positives += item.is_positive ? w : 0;
    total += w;
  }
  return positives / total;
}

template <bool kReweights>
PrevalenceSample::Sums PrevalenceSample::sums(std::span<const double> patient_counts,
                                              double of_positive,
                                              double of_negative) const {
  Sums out;
  double found = 0, wrong = 0, found_before = 0;
  for (const auto& segment : segments_) {
    ClassSums positive, negative;
    for (size_t i = segment.first; i < segment.last; ++i) {
      const auto& item = items_[i];
      const double w = weight(item, patient_counts), p = item.probability;
      // Without a branch: the label cannot be predicted.
      const double own = item.is_positive ? w : 0, other = w - own;
      positive.weight += own;
      positive.probability += own * p;
      positive.squared_error += own * ((p - 1) * (p - 1));
      negative.weight += other;
      negative.probability += other * p;
      negative.squared_error += other * (p * p);
      found += own;
      wrong += other;
      if (!item.ends_tie || found == found_before) continue;
      const double here = found - found_before;
      out.area += here * (found / (found + wrong));
      if constexpr (kReweights) {
        const double right = of_positive * found;
        out.reweighted_area +=
            of_positive * here * (right / (right + of_negative * wrong));
      }
      found_before = found;
    }
    auto& bin = out.bins[segment.bin];
    const auto add = [](ClassSums& to, const ClassSums& what) {
      to.weight += what.weight;
      to.probability += what.probability;
      to.squared_error += what.squared_error;
    };
    add(bin.positive, positive);
    add(bin.negative, negative);
    if (segment.last == num_predicted_) {
      out.true_positive = found;
      out.false_positive = wrong;
    }
  }
  return out;
}

PrevalenceFigures PrevalenceSample::figures(
    std::span<const double> patient_counts) const {
  const auto own = sums<false>(patient_counts, 1, 1);
  return own.figures(own.area, 1, 1);
}

PrevalenceSample::Figures PrevalenceSample::figures_at(
    double target_prevalence, std::span<const double> patient_counts) const {
  const double own = prevalence(patient_counts);
  if (!(own > 0 && own < 1)) {
    return {figures(patient_counts), {kUndefined, kUndefined, kUndefined, kUndefined}};
  }
  const double of_positive = target_prevalence / own;
  const double of_negative = (1 - target_prevalence) / (1 - own);
  const auto both = sums<true>(patient_counts, of_positive, of_negative);
  return {both.figures(both.area, 1, 1),
          both.figures(both.reweighted_area, of_positive, of_negative)};
}

PrevalenceFigures prevalence_figures(const BinarySample& sample, double threshold,
                                     Weights weights) {
  const auto confusion = sample.confusion(threshold, weights);
  const double flagged = confusion.true_positive + confusion.false_positive;
  return {sample.auprc(weights),
          flagged > 0 ? confusion.true_positive / flagged : kUndefined,
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
