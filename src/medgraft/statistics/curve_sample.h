#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace medgraft::statistics {

/// Where curves are read off: TPR at FPR 0, 0.01 ... 1, precision at recall 0.01 ... 1.
inline constexpr size_t kRocPoints = 101, kPrPoints = 100;
/// Ranges of the partial areas, points of the grids.
inline constexpr double kMaxFpr = 0.1, kMinTpr = 0.9;

/// Figures of one weighting, in this order.
struct CurveFigures {
  static constexpr size_t kTpr = 0;                        ///< [kRocPoints]
  static constexpr size_t kPrecision = kTpr + kRocPoints;  ///< [kPrPoints]
  static constexpr size_t kAreaOfFpr = kPrecision + kPrPoints;
  static constexpr size_t kAreaOfTpr = kAreaOfFpr + 1;
  static constexpr size_t kSize = kAreaOfTpr + 1;
};

/// Probabilities of one label, sorted once, so that the curves of each of many resamples
/// of patients take one pass.
///
/// TPR at an FPR is the highest reached there; within tied scores counts of both classes
/// rise together, so that the ROC runs straight (Fawcett 2006) and precision along a
/// hyperbola (Davis and Goadrich 2006). Precision at a recall is the best that reaches
/// it.
class CurveSample {
 public:
  /// @param probabilities [N]; @param labels [N], positive above 0.5; @param patients [N]
  /// from 0 to num_patients - 1.
  CurveSample(std::span<const double> probabilities, std::span<const double> labels,
              std::span<const int64_t> patients, int64_t num_patients);

  /// @param patient_counts [num_patients] of a resample, whole numbers.
  /// @param figures [CurveFigures::kSize], filled; NaN where a class is absent.
  void trace(std::span<const float> patient_counts, std::span<double> figures) const;

  double num_positives() const { return num_positives_; }
  double num_cases() const { return static_cast<double>(items_.size()); }
  /// Patients per case, of positives or of all: 1 where patients are distinct.
  double patients_per_positive() const { return patients_per_positive_; }
  double patients_per_case() const { return patients_per_case_; }

 private:
  struct Item {
    uint32_t patient : 30;
    uint32_t is_positive : 1;
    uint32_t is_last_of_tie : 1;
  };
  std::vector<Item> items_;                         ///< By probability, descending.
  std::vector<float> positives_of_, negatives_of_;  ///< [patients]
  double num_positives_ = 0, patients_per_positive_ = 1, patients_per_case_ = 1;
};

}  // namespace medgraft::statistics
