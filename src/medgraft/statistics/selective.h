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

/// S(n) = H(0) + ... + H(n - 1) = n H(n) - n of the harmonic numbers H. A case that errs
/// at rank i adds 1 / n to the risks of all n >= i, so that errors of one rate at ranks
/// w + 1 .. w + m add rate (m H(N) - S(w + m) + S(w)) to the sum of risks.
class HarmonicSums {
 public:
  /// @param size below which S(n) is tabulated; beyond it is computed.
  explicit HarmonicSums(size_t size);

  double operator()(size_t n) const { return n < sums_.size() ? sums_[n] : beyond(n); }

 private:
  static double beyond(size_t n);
  std::vector<double> sums_;
};

/// Selective prediction: cases sorted by confidence once, so that each weighting is one
/// pass. Tied confidences are averaged: each case of a tie errs at the tie's own rate,
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
  /// @param sums shared between samples; @param patient_counts a resample's; empty: every
  /// patient once.
  SelectiveFigures score(const HarmonicSums& sums,
                         std::span<const double> patient_counts = {}) const;
  /// The error rate among the n most confident, each case once. @param n in [1, N].
  double risk_at(size_t n) const;

 private:
  /// Where the walk over the ranking stood after a tie.
  struct Milestone {
    size_t next = 0;  ///< The first case of the next tie.
    double kept = 0, wrong = 0;
  };
  double weight(size_t i, std::span<const double> patient_counts) const {
    return patient_counts.empty() ? 1 : patient_counts[patients_[i]];
  }
  double accuracy_at(double n, const Milestone& from,
                     std::span<const double> patient_counts) const;

  std::vector<uint32_t> patients_;  ///< By confidence, descending.
  std::vector<uint8_t> errors_;
  std::vector<uint8_t> ends_tie_;  ///< Whether the next case's confidence is lower.
};

/// The AURC of the best ranking of `total` cases of which `errors` are wrong:
/// sum over k = 1..errors of k / (total - errors + k), over total.
double optimal_aurc(double total, double errors);

}  // namespace medgraft::statistics
