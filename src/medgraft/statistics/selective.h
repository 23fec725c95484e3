#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/statistics/label_column.h"

namespace medgraft::statistics {

/// The shares of cases that are kept, in percent, at which accuracy is stated.
inline constexpr std::array<int, 5> kCoverages = {50, 70, 80, 90, 95};

struct SelectiveFigures {
  /// Mean over n of the error rate among the n most confident cases; NaN without a case.
  double aurc = 0;
  double e_aurc = 0;  ///< aurc less that of the ranking that has all errors last.
  std::array<double, kCoverages.size()> accuracy_at{};  ///< Of the ceil(c N) most sure.
};

/// Selective prediction: cases sorted by confidence once, so that each weighting is two
/// passes. Tied confidences are averaged: each case of a tie errs at the tie's own rate,
/// which is the mean over all orders of the tied cases; copies of a case in a resample
/// are tied. Source: Geifman and El-Yaniv 2017; e-AURC, Geifman, Uziel and El-Yaniv 2019.
class SelectiveSample {
 public:
  /// @param confidences [N], higher is surer; @param errors [N], wrong above 0.5;
  /// @param patients [N] from 0.
  SelectiveSample(std::span<const double> confidences, std::span<const double> errors,
                  std::span<const int64_t> patients);
  /// Of binary predictions: max(p, 1 - p), the loss at 0.5 (positive is p >= 0.5).
  static SelectiveSample of(const LabelColumn& column);

  size_t size() const { return patients_.size(); }
  /// @param patient_counts a resample's; empty: every patient once.
  SelectiveFigures score(std::span<const double> patient_counts = {}) const;
  /// The error rate among the n most confident, each case once. @param n in [1, N].
  double risk_at(size_t n) const;

 private:
  std::vector<uint32_t> patients_;  ///< By confidence, descending.
  std::vector<uint8_t> errors_;
  std::vector<uint8_t> ends_tie_;  ///< Whether the next case's confidence is lower.
};

/// The AURC of the best ranking of `total` cases of which `errors` are wrong:
/// sum over k = 1..errors of k / (total - errors + k), over total.
double optimal_aurc(double total, double errors);

}  // namespace medgraft::statistics
