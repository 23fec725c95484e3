#include "medgraft/statistics/replicate_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"

// Every function that a pass calls is inlined into a copy of the pass for each
// instruction set; a call would leave it for the baseline's.
#define MEDGRAFT_INLINE [[gnu::always_inline]] inline

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kHalf = kLanes / 2;
constexpr uint32_t kEndsTie = 1, kPositive = 2;
constexpr int kPatientShift = 2;

using Doubles = double __attribute__((vector_size(kHalf * sizeof(double))));
using Masks = int64_t __attribute__((vector_size(kHalf * sizeof(int64_t))));
using Integers = int32_t __attribute__((vector_size(kHalf * sizeof(int32_t))));
using Counts = uint16_t __attribute__((vector_size(kHalf * sizeof(uint16_t))));

// A value of every lane. Two vectors, as the registers of AVX-512 hold half of them.
struct Wide {
  Doubles low{}, high{};

  MEDGRAFT_INLINE void add(const Wide& x) {
    low += x.low;
    high += x.high;
  }
  MEDGRAFT_INLINE void add_product(const Wide& x, const Wide& y) {
    low += x.low * y.low;
    high += x.high * y.high;
  }
  MEDGRAFT_INLINE void add_product(const Wide& x, double y) {
    low += x.low * y;
    high += x.high * y;
  }
  MEDGRAFT_INLINE void subtract(const Wide& x) {
    low -= x.low;
    high -= x.high;
  }
  MEDGRAFT_INLINE bool any_less(const Wide& x) const {
    const Masks less = (low < x.low) | (high < x.high);
    int64_t any = 0;
    for (size_t i = 0; i < kHalf; ++i) any |= less[i];
    return any != 0;
  }
  MEDGRAFT_INLINE double get(size_t lane) const {
    return lane < kHalf ? low[lane] : high[lane - kHalf];
  }
  MEDGRAFT_INLINE void set(size_t lane, double value) {
    (lane < kHalf ? low[lane] : high[lane - kHalf]) = value;
  }
  MEDGRAFT_INLINE void store(LaneValues& to) const {
    for (size_t lane = 0; lane < kLanes; ++lane) to[lane] = get(lane);
  }
};

MEDGRAFT_INLINE void load(Wide& to, const uint16_t* counts) {
  Counts low, high;
  __builtin_memcpy(&low, counts, sizeof(low));
  __builtin_memcpy(&high, counts + kHalf, sizeof(high));
  to.low = __builtin_convertvector(__builtin_convertvector(low, Integers), Doubles);
  to.high = __builtin_convertvector(__builtin_convertvector(high, Integers), Doubles);
}

// Copies `pass` for each instruction set and runs the one that is asked for.
#if defined(__x86_64__)
template <class Pass>
[[gnu::target("avx2")]] void run_avx2(const Pass& pass) {
  pass();
}
template <class Pass>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] void run_avx512(const Pass& pass) {
  pass();
}
#endif

template <class Pass>
void run(InstructionSet set, const Pass& pass) {
  MEDGRAFT_CHECK(is_supported(set), "instruction set");
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return run_avx512(pass);
  if (set == InstructionSet::kAvx2) return run_avx2(pass);
#endif
  pass();
}

}  // namespace

// The passes; each runs over the items once and keeps all lanes in registers.
class LaneKernel {
 public:
  LaneKernel(const LaneSample& sample, const LaneCounts& counts)
      : sample_(sample), codes_(sample.codes_.data()), counts_(counts) {}

  MEDGRAFT_INLINE void auroc(LaneValues& out) const {
    Wide wins, positives, negatives, tied_positives, tied_negatives, weight;
    bool in_tie = false;
    for (size_t i = 0; i < sample_.size(); ++i) {
      const uint32_t code = codes_[i];
      load(weight, counts_.of(code >> kPatientShift));
      const bool ends_tie = code & kEndsTie;
      if (!in_tie && ends_tie) {  // Tied with none: the usual case.
        if (code & kPositive) {
          wins.add_product(weight, negatives);
          positives.add(weight);
        } else {
          negatives.add(weight);
        }
        continue;
      }
      (code & kPositive ? tied_positives : tied_negatives).add(weight);
      in_tie = !ends_tie;
      if (in_tie) continue;
      wins.add_product(tied_positives, negatives);
      wins.low += tied_positives.low * tied_negatives.low * 0.5;
      wins.high += tied_positives.high * tied_negatives.high * 0.5;
      positives.add(tied_positives);
      negatives.add(tied_negatives);
      tied_positives = tied_negatives = Wide();
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double p = positives.get(lane), n = negatives.get(lane);
      out[lane] = p > 0 && n > 0 ? wins.get(lane) / (p * n) : kUndefined;
    }
  }

  MEDGRAFT_INLINE void auprc(LaneValues& out) const {
    Wide area, found, taken, found_here, weight;
    bool any_found = false;
    for (size_t i = sample_.size(); i-- > 0;) {
      const uint32_t code = codes_[i];
      load(weight, counts_.of(code >> kPatientShift));
      taken.add(weight);
      if (code & kPositive) {
        found_here.add(weight);
        any_found = true;
      }
      const bool starts_tie = i == 0 || (codes_[i - 1] & kEndsTie);
      if (!starts_tie || !any_found) continue;
      found.add(found_here);
      // Nothing taken: nothing found either, and 0 / 1 adds nothing.
      area.low +=
          found_here.low * (found.low / (taken.low < 1 ? Doubles{} + 1 : taken.low));
      area.high +=
          found_here.high * (found.high / (taken.high < 1 ? Doubles{} + 1 : taken.high));
      found_here = Wide();
      any_found = false;
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      out[lane] = found.get(lane) > 0 ? area.get(lane) / found.get(lane) : kUndefined;
    }
  }

  MEDGRAFT_INLINE void sums(LaneScores& out) const {
    Wide positives, negatives, loss, squares;
    Wide bin_positives[kCalibrationBins], bin_weights[kCalibrationBins],
        bin_probabilities[kCalibrationBins];
    const size_t cut = sample_.first_predicted_;
    if (cut == 0) store_below(Wide(), Wide(), out);
    for (size_t b = 0; b < kCalibrationBins; ++b) {
      const size_t begin = sample_.bin_begin_[b], end = sample_.bin_begin_[b + 1];
      const size_t middle = std::clamp(cut, begin, end);
      Wide bin_positive, bin_negative, bin_probability;
      for (size_t part = 0; part < 2; ++part) {
        const size_t last = part == 0 ? middle : end;
        for (size_t i = part == 0 ? begin : middle; i < last; ++i) {
          const uint32_t code = codes_[i];
          const double p = sample_.probabilities_[i];
          const double error = p - (code & kPositive ? 1 : 0);
          Wide weight;
          load(weight, counts_.of(code >> kPatientShift));
          (code & kPositive ? bin_positive : bin_negative).add(weight);
          bin_probability.add_product(weight, p);
          loss.add_product(weight, sample_.losses_[i]);
          squares.add_product(weight, error * error);
        }
        if (part == 0 && middle == cut && begin < cut) {
          Wide below_positive = positives, below_negative = negatives;
          below_positive.add(bin_positive);
          below_negative.add(bin_negative);
          store_below(below_positive, below_negative, out);
        }
      }
      positives.add(bin_positive);
      negatives.add(bin_negative);
      bin_positives[b] = bin_weights[b] = bin_positive;
      bin_weights[b].add(bin_negative);
      bin_probabilities[b] = bin_probability;
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double p = positives.get(lane), n = negatives.get(lane), total = p + n;
      out.true_positive[lane] = p - out.false_negative[lane];
      out.false_positive[lane] = n - out.true_negative[lane];
      out.nll[lane] = total > 0 ? loss.get(lane) / total : kUndefined;
      out.brier[lane] = total > 0 ? squares.get(lane) / total : kUndefined;
      std::array<CalibrationBin, kCalibrationBins> bins;
      for (size_t b = 0; b < kCalibrationBins; ++b) {
        bins[b] = {bin_weights[b].get(lane), bin_probabilities[b].get(lane),
                   bin_positives[b].get(lane)};
      }
      out.ece[lane] = calibration_error(bins);
      out.ece_debiased[lane] = debiased_calibration_error(bins);
    }
  }

  // Needs the confusion of sums().
  MEDGRAFT_INLINE void ece_adaptive(LaneScores& out) const {
    Wide room, probability, label, weight;
    LaneValues total, error{};
    std::array<size_t, kLanes> bin{};
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const auto confusion = out.confusion(lane);
      total[lane] = confusion.true_positive + confusion.false_positive +
                    confusion.true_negative + confusion.false_negative;
      room.set(lane, equal_count_bin_size(total[lane], 0));
    }
    for (size_t i = 0; i < sample_.size(); ++i) {
      const uint32_t code = codes_[i];
      const double p = sample_.probabilities_[i];
      load(weight, counts_.of(code >> kPatientShift));
      if (room.any_less(weight)) {  // A bin of some lane is full: lane by lane.
        for (size_t lane = 0; lane < kLanes; ++lane) {
          double left = weight.get(lane);
          while (left > room.get(lane)) {
            const double taken = room.get(lane);
            probability.set(lane, probability.get(lane) + taken * p);
            if (code & kPositive) label.set(lane, label.get(lane) + taken);
            error[lane] += std::abs(probability.get(lane) - label.get(lane));
            probability.set(lane, 0);
            label.set(lane, 0);
            room.set(lane, equal_count_bin_size(total[lane], ++bin[lane]));
            left -= taken;
          }
          weight.set(lane, left);
        }
      }
      probability.add_product(weight, p);
      if (code & kPositive) label.add(weight);
      room.subtract(weight);
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      error[lane] += std::abs(probability.get(lane) - label.get(lane));
      out.ece_adaptive[lane] = total[lane] > 0 ? error[lane] / total[lane] : kUndefined;
    }
  }

  MEDGRAFT_INLINE static void classes(const LaneClasses& sample, const LaneCounts& counts,
                                      LaneClassScores& out) {
    std::vector<Wide> actual(sample.num_classes_), predicted(sample.num_classes_),
        right(sample.num_classes_);
    Wide total, squares, loss, all_right;
    for (const auto& item : sample.items_) {
      Wide weight;
      load(weight, counts.of(item.patient));
      total.add(weight);
      squares.add_product(weight, item.squared_error);
      loss.add_product(weight, item.loss);
      actual[item.actual].add(weight);
      predicted[item.predicted].add(weight);
      if (item.actual != item.predicted) continue;
      right[item.actual].add(weight);
      all_right.add(weight);
    }
    for (size_t k = 0; k < sample.num_classes_; ++k) {
      actual[k].store(out.actual[k]);
      predicted[k].store(out.predicted[k]);
      right[k].store(out.right[k]);
    }
    total.store(out.total);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double all = total.get(lane);
      out.brier[lane] = all > 0 ? squares.get(lane) / all : kUndefined;
      out.nll[lane] = all > 0 ? loss.get(lane) / all : kUndefined;
      out.accuracy[lane] = all > 0 ? all_right.get(lane) / all : kUndefined;
    }
  }

 private:
  MEDGRAFT_INLINE static void store_below(const Wide& positives, const Wide& negatives,
                                          LaneScores& out) {
    positives.store(out.false_negative);
    negatives.store(out.true_negative);
  }

  const LaneSample& sample_;
  const uint32_t* codes_;
  const LaneCounts& counts_;
};

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
  const LaneKernel kernel(*this, counts);
  run(
      set, [&]() __attribute__((always_inline)) {
        if (passes.auroc) kernel.auroc(out.auroc);
        if (passes.auprc) kernel.auprc(out.auprc);
        if (passes.sums || passes.ece_adaptive) kernel.sums(out);
        if (passes.ece_adaptive) kernel.ece_adaptive(out);
      });
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
  run(
      set, [&]() __attribute__((always_inline)) {
        LaneKernel::classes(*this, counts, out);
      });
  return out;
}

}  // namespace medgraft::statistics
