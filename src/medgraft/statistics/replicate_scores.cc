#include "medgraft/statistics/replicate_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"

namespace medgraft::statistics {
namespace {

using ClassItem = LaneClasses::Item;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kHalf = kLanes / 2;
constexpr uint32_t kEndsTie = 1, kPositive = 2;
constexpr int kPatientShift = 2;

using Doubles = double __attribute__((vector_size(kHalf * sizeof(double))));
using Masks = int64_t __attribute__((vector_size(kHalf * sizeof(int64_t))));
using Integers = int32_t __attribute__((vector_size(kHalf * sizeof(int32_t))));
using Counts = uint16_t __attribute__((vector_size(kHalf * sizeof(uint16_t))));

// A label's items in ascending order of probability.
struct Items {
  size_t size;
  const uint32_t* codes;
  const double *probabilities, *losses;
  const size_t* bin_begin;
  size_t first_predicted;
};

struct LaneSums {
  LaneValues positives, negatives, positives_below, negatives_below, loss, squares;
  LaneValues bin_positives[kCalibrationBins], bin_negatives[kCalibrationBins],
      bin_probabilities[kCalibrationBins];

  LaneValues totals() const {
    LaneValues out;
    for (size_t i = 0; i < kLanes; ++i) out[i] = positives[i] + negatives[i];
    return out;
  }
  void store(LaneScores& out) const;
};

// One instruction set's functions.
struct Passes {
  void (*auroc)(const Items&, const LaneCounts&, LaneValues&);
  void (*auprc)(const Items&, const LaneCounts&, LaneValues&);
  void (*sums)(const Items&, const LaneCounts&, LaneSums&);
  void (*ece_adaptive)(const Items&, const LaneCounts&, const LaneValues& total,
                       LaneValues&);
  void (*classes)(std::span<const ClassItem>, const LaneCounts&, LaneClassScores&);
};

#define MEDGRAFT_INLINE [[gnu::always_inline]] MEDGRAFT_TARGET inline
namespace baseline {
#define MEDGRAFT_TARGET
#include "medgraft/statistics/replicate_passes.inc"
#undef MEDGRAFT_TARGET
}  // namespace baseline
#if defined(__x86_64__)
namespace avx2 {
#define MEDGRAFT_TARGET [[gnu::target("avx2")]]
#include "medgraft/statistics/replicate_passes.inc"
#undef MEDGRAFT_TARGET
}  // namespace avx2
namespace avx512 {
#define MEDGRAFT_TARGET [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]
#include "medgraft/statistics/replicate_passes.inc"
#undef MEDGRAFT_TARGET
}  // namespace avx512
#endif

const Passes& passes_of(InstructionSet set) {
  MEDGRAFT_CHECK(is_supported(set), "instruction set");
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return avx512::kPasses;
  if (set == InstructionSet::kAvx2) return avx2::kPasses;
#endif
  return baseline::kPasses;
}

void LaneSums::store(LaneScores& out) const {
  out.false_negative = positives_below;
  out.true_negative = negatives_below;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const double total = positives[lane] + negatives[lane];
    out.true_positive[lane] = positives[lane] - positives_below[lane];
    out.false_positive[lane] = negatives[lane] - negatives_below[lane];
    out.nll[lane] = total > 0 ? loss[lane] / total : kUndefined;
    out.brier[lane] = total > 0 ? squares[lane] / total : kUndefined;
    std::array<CalibrationBin, kCalibrationBins> bins;
    for (size_t b = 0; b < kCalibrationBins; ++b) {
      bins[b] = {bin_positives[b][lane] + bin_negatives[b][lane],
                 bin_probabilities[b][lane], bin_positives[b][lane]};
    }
    out.ece[lane] = calibration_error(bins);
    out.ece_debiased[lane] = debiased_calibration_error(bins);
  }
}

}  // namespace

bool is_supported(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx2) return __builtin_cpu_supports("avx2");
  if (set == InstructionSet::kAvx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return set == InstructionSet::kBaseline;
}

InstructionSet best_instruction_set() {
  static const InstructionSet kBest =
      is_supported(InstructionSet::kAvx512) ? InstructionSet::kAvx512
      : is_supported(InstructionSet::kAvx2) ? InstructionSet::kAvx2
                                            : InstructionSet::kBaseline;
  return kBest;
}

void LaneCounts::set(size_t lane, std::span<const uint16_t> counts) {
  MEDGRAFT_CHECK(counts.size() == rows_.size() && lane < kLanes, "counts");
  for (size_t i = 0; i < counts.size(); ++i) rows_[i].count[lane] = counts[i];
}

Confusion LaneScores::confusion(size_t lane) const {
  return {true_positive[lane], false_positive[lane], true_negative[lane],
          false_negative[lane]};
}

LaneSample::LaneSample(const BinarySample& sample, std::span<const int64_t> patients,
                       double threshold) {
  const auto& order = sample.order();
  codes_.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const double p = sample.probabilities()[order[i]];
    const bool positive = sample.labels()[order[i]] > 0.5;
    const bool ends_tie =
        i + 1 == order.size() || sample.probabilities()[order[i + 1]] != p;
    const int64_t patient = patients[order[i]];
    MEDGRAFT_CHECK(patient >= 0 && patient < (int64_t{1} << (32 - kPatientShift)),
                   "patient number");
    codes_.push_back(static_cast<uint32_t>(patient) << kPatientShift |
                     (positive ? kPositive : 0) | (ends_tie ? kEndsTie : 0));
    probabilities_.push_back(p);
    losses_.push_back(log_loss(p, positive));
    ++bin_begin_[calibration_bin(p) + 1];
    first_predicted_ += !(p >= threshold);
  }
  for (size_t b = 0; b < kCalibrationBins; ++b) bin_begin_[b + 1] += bin_begin_[b];
}

LaneScores LaneSample::score(const LaneCounts& counts, const LanePasses& passes,
                             InstructionSet set) const {
  LaneScores out;
  for (auto* values : {&out.auroc, &out.auprc, &out.nll, &out.brier, &out.ece,
                       &out.ece_adaptive, &out.ece_debiased, &out.true_positive,
                       &out.false_positive, &out.true_negative, &out.false_negative}) {
    values->fill(kUndefined);
  }
  const Items items{codes_.size(),  codes_.data(),     probabilities_.data(),
                    losses_.data(), bin_begin_.data(), first_predicted_};
  const auto& run = passes_of(set);
  if (passes.auroc) run.auroc(items, counts, out.auroc);
  if (passes.auprc) run.auprc(items, counts, out.auprc);
  if (passes.sums || passes.ece_adaptive) {
    LaneSums sums;
    run.sums(items, counts, sums);
    sums.store(out);
    if (passes.ece_adaptive) {
      run.ece_adaptive(items, counts, sums.totals(), out.ece_adaptive);
    }
  }
  return out;
}

LaneClasses::LaneClasses(std::span<const int64_t> predicted,
                         std::span<const int64_t> actual,
                         std::span<const double> squared_errors,
                         std::span<const double> losses,
                         std::span<const int64_t> patients, int64_t num_classes)
    : num_classes_(static_cast<size_t>(num_classes)) {
  for (size_t i = 0; i < predicted.size(); ++i) {
    items_.push_back({squared_errors[i], losses[i], static_cast<uint32_t>(patients[i]),
                      static_cast<uint32_t>(predicted[i]),
                      static_cast<uint32_t>(actual[i])});
  }
}

LaneClassScores LaneClasses::score(const LaneCounts& counts, InstructionSet set) const {
  LaneClassScores out;
  for (auto* values : {&out.actual, &out.predicted, &out.right}) {
    values->resize(num_classes_);
  }
  passes_of(set).classes(items_, counts, out);
  return out;
}

}  // namespace medgraft::statistics
