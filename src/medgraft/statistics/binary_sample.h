#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace medgraft::statistics {

/// Weights of the items, [N]; a bootstrap replicate's counts. Empty: all 1.
using Weights = std::span<const double>;

/// Counts of one threshold; positive is p >= threshold.
struct Confusion {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  double sensitivity() const { return true_positive / (true_positive + false_negative); }
  double specificity() const { return true_negative / (true_negative + false_positive); }
  double accuracy() const;
  double balanced_accuracy() const { return (sensitivity() + specificity()) / 2; }
  /// 0 where there is neither a true positive nor an error to divide by, as scikit-learn.
  double f1() const;
};

/// What fell into one bin of probabilities: sums over its items.
struct CalibrationBin {
  double weight = 0, probability = 0, label = 0;
};

/// Bins of equal width, [low, high), the last closed.
inline constexpr size_t kCalibrationBins = 15;
/// @param probability in [0, 1]. @return its bin of equal width.
size_t calibration_bin(double probability);

/// The mean over items of |probability - label| of their bin (Naeini et al. 2015); NaN
/// without items. @param bins a range of CalibrationBin or of what extends it.
template <class Bins>
double calibration_error(const Bins& bins) {
  double error = 0, total = 0;
  for (const CalibrationBin& bin : bins) {
    error += std::abs(bin.probability - bin.label);
    total += bin.weight;
  }
  return total > 0 ? error / total : std::numeric_limits<double>::quiet_NaN();
}
/// The same less its bias: what sampling noise alone adds to each bin's |difference|,
/// from a normal approximation (Kumar et al. 2019, section 5, in closed form); at least
/// 0.
double debiased_calibration_error(std::span<const CalibrationBin> bins);

/// How `total` items fall into bins of equal count: the first ones take the remainder, as
/// numpy.array_split. @return the size of bin `bin`.
double equal_count_bin_size(double total, size_t bin);

/// An item's loss: its negative log likelihood, probabilities clipped to [2^-52,
/// 1 - 2^-52] (sklearn.metrics.log_loss).
double log_loss(double probability, bool positive);

/// Probabilities of one label and whether it holds, sorted once, so that each of many
/// weightings costs O(N). Every figure is NaN where it is undefined (one class only, no
/// items). Sums run in ascending order of probability, as the replicate_scores.h do,
/// whose slow definition this is: the results are the same to the bit.
class BinarySample {
 public:
  /// @param probabilities [N] in [0, 1]; @param labels [N], positive above 0.5.
  BinarySample(std::vector<double> probabilities, std::vector<double> labels);

  size_t size() const { return probabilities_.size(); }
  const std::vector<double>& probabilities() const { return probabilities_; }
  const std::vector<double>& labels() const { return labels_; }
  /// The items by probability, ascending; stable.
  const std::vector<size_t>& order() const { return order_; }

  /// Ties count 1/2 (sklearn.metrics.roc_auc_score).
  double auroc(Weights weights = {}) const;
  /// Average precision (sklearn.metrics.average_precision_score).
  double auprc(Weights weights = {}) const;
  Confusion confusion(double threshold, Weights weights = {}) const;
  double nll(Weights weights = {}) const;
  /// Mean squared error of the probability (sklearn.metrics.brier_score_loss).
  double brier(Weights weights = {}) const;
  /// 15 bins of equal width, [low, high), the last closed (Naeini et al. 2015).
  double ece(Weights weights = {}) const;
  /// 15 bins of equal count after a stable sort (Nguyen and O'Connor 2015). An item of
  /// weight w stands for w neighbours, which a bin's end may part.
  double ece_adaptive(Weights weights = {}) const;
  double ece_debiased(Weights weights = {}) const;

  /// @return the lowest threshold among the probabilities that maximizes sensitivity +
  /// specificity (Youden 1950); NaN where one class is absent.
  double youden_threshold() const;

 private:
  std::vector<CalibrationBin> equal_width_bins(Weights weights) const;

  std::vector<double> probabilities_, labels_;
  std::vector<size_t> order_;
};

}  // namespace medgraft::statistics
