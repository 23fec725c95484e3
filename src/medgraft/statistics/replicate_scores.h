#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/statistics/binary_sample.h"

namespace medgraft::statistics {

/// Replicates that are scored side by side, one a lane of the vector registers: a pass
/// over the sorted items then serves them all.
inline constexpr size_t kLanes = 16;
using LaneValues = std::array<double, kLanes>;

/// How often each patient counts in each of kLanes replicates.
class LaneCounts {
 public:
  explicit LaneCounts(int64_t patients) : rows_(static_cast<size_t>(patients)) {}

  int64_t num_patients() const { return static_cast<int64_t>(rows_.size()); }
  /// @param counts [patients].
  void set(size_t lane, std::span<const uint16_t> counts);
  const uint16_t* of(size_t patient) const { return rows_[patient].count; }

 private:
  struct alignas(32) Row {
    uint16_t count[kLanes] = {};
  };
  std::vector<Row> rows_;
};

/// Instruction sets that the passes are compiled for. All give the same bits: lanes never
/// mix, and nothing is contracted.
enum class InstructionSet { kBaseline, kAvx2, kAvx512 };
bool is_supported(InstructionSet set);
InstructionSet best_instruction_set();

/// Figures of one label in each lane; NaN where undefined, or not wanted.
struct LaneScores {
  LaneValues auroc, auprc, nll, brier, ece, ece_adaptive, ece_debiased;
  LaneValues true_positive, false_positive, true_negative, false_negative;

  Confusion confusion(size_t lane) const;
};

/// The passes to make; what is left out is NaN.
struct LanePasses {
  bool auroc = true, auprc = true, ece_adaptive = true;
  bool sums = true;  ///< nll, brier, ece, ece_debiased and the confusion.
};

/// One label's items, laid out for many replicates: what weights do not change is
/// computed once. Its slow definition is BinarySample, with each item's weight the count
/// of its patient; every figure is the same to the bit.
class LaneSample {
 public:
  /// @param patients [N] of the items, from 0. @param threshold positive is p >= it.
  LaneSample(const BinarySample& sample, std::span<const int64_t> patients,
             double threshold);

  size_t size() const { return codes_.size(); }
  LaneScores score(const LaneCounts& counts, const LanePasses& passes = {},
                   InstructionSet set = best_instruction_set()) const;

 private:
  std::vector<uint32_t> codes_;  ///< [N] ascending: patient, positive, ends a tie.
  std::vector<double> probabilities_, losses_;
  std::array<size_t, kCalibrationBins + 1> bin_begin_{};
  size_t first_predicted_ = 0;  ///< The lowest item at or over the threshold.
};

/// The most probable class of several, in each lane.
struct LaneClassScores {
  LaneValues nll, brier, accuracy;
  /// [classes]: weight of items of the class, predicted as it, and both.
  std::vector<LaneValues> actual, predicted, right;
  LaneValues total;
};

/// Items of several classes. Its slow definition is evaluation/scorer.h.
class LaneClasses {
 public:
  struct Item {
    double squared_error, loss;
    uint32_t patient, predicted, actual;
  };

  /// All [N]. @param predicted, actual class of each item, below num_classes.
  LaneClasses(std::span<const int64_t> predicted, std::span<const int64_t> actual,
              std::span<const double> squared_errors, std::span<const double> losses,
              std::span<const int64_t> patients, int64_t num_classes);

  LaneClassScores score(const LaneCounts& counts,
                        InstructionSet set = best_instruction_set()) const;

 private:
  std::vector<Item> items_;
  size_t num_classes_ = 0;
};

}  // namespace medgraft::statistics
