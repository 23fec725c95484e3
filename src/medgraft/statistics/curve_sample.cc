#include "medgraft/statistics/curve_sample.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "medgraft/base/error.h"

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kSteps = 100;  // Of both grids.
constexpr size_t kStepOfMaxFpr = 10, kStepOfMinTpr = 90;
static_assert(kMaxFpr == kStepOfMaxFpr / kSteps && kMinTpr == kStepOfMinTpr / kSteps);

double weighted_total(std::span<const float> counts,
                      const std::vector<float>& of_patient) {
  double total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += static_cast<double>(counts[i] * of_patient[i]);
  }
  return total;
}

// The curve's state before a group of tied scores, and what the group adds.
struct Group {
  double true_positives, false_positives, area, more_positives, more_negatives;

  // The area once a share of the group is taken.
  double area_at(double part) const {
    return area + part * more_negatives * (true_positives + part * more_positives / 2);
  }
};

// Reads the curve off at the points of both grids as it is passed.
class Reader {
 public:
  Reader(double positives, double negatives, std::span<double> figures)
      : positives_(positives), negatives_(negatives), figures_(figures) {}

  double next_false_positives() const { return next_false_positives_; }
  double next_true_positives() const { return next_true_positives_; }

  void read_roc(const Group& at) {
    while (roc_step_ < kRocPoints &&
           next_false_positives_ < at.false_positives + at.more_negatives) {
      const double part =
          (next_false_positives_ - at.false_positives) / at.more_negatives;
      figures_[CurveFigures::kTpr + roc_step_] =
          (at.true_positives + part * at.more_positives) / positives_;
      if (roc_step_ == kStepOfMaxFpr) area_of_fpr_ = at.area_at(part);
      next_false_positives_ = static_cast<double>(++roc_step_) * negatives_ / kSteps;
    }
  }

  void read_precision(const Group& at) {
    while (recall_step_ <= kPrPoints &&
           next_true_positives_ <= at.true_positives + at.more_positives) {
      const double found = next_true_positives_;
      const double part = (found - at.true_positives) / at.more_positives;
      const double wrong = at.false_positives + part * at.more_negatives;
      figures_[CurveFigures::kPrecision + recall_step_ - 1] = found / (found + wrong);
      if (recall_step_ == kStepOfMinTpr) {
        // Of the area left of the curve: specificity over sensitivity, by parts.
        area_below_tpr_ = (negatives_ - wrong) * found + at.area_at(part);
      }
      next_true_positives_ = static_cast<double>(++recall_step_) * positives_ / kSteps;
    }
  }

  void finish(double area) {
    for (; roc_step_ < kRocPoints; ++roc_step_) {
      figures_[CurveFigures::kTpr + roc_step_] = 1;
    }
    const double pairs = positives_ * negatives_;
    figures_[CurveFigures::kAreaOfFpr] = area_of_fpr_ / pairs;
    figures_[CurveFigures::kAreaOfTpr] = (area - area_below_tpr_) / pairs;
  }

 private:
  double positives_, negatives_;
  std::span<double> figures_;
  size_t roc_step_ = 0, recall_step_ = 1;
  double next_false_positives_ = 0, next_true_positives_ = positives_ / kSteps;
  double area_of_fpr_ = 0, area_below_tpr_ = 0;
};

}  // namespace

CurveSample::CurveSample(std::span<const double> probabilities,
                         std::span<const double> labels,
                         std::span<const int64_t> patients, int64_t num_patients)
    : positives_of_(static_cast<size_t>(num_patients)),
      negatives_of_(static_cast<size_t>(num_patients)) {
  MEDGRAFT_CHECK(num_patients < (int64_t{1} << 30), num_patients, " patients");
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  items_.reserve(order.size());
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t i = order[place];
    const auto patient = static_cast<size_t>(patients[i]);
    const bool positive = labels[i] > 0.5;
    const bool is_last =
        place + 1 == order.size() || probabilities[order[place + 1]] != probabilities[i];
    items_.push_back({static_cast<uint32_t>(patient), positive, is_last});
    (positive ? positives_of_ : negatives_of_)[patient] += 1;
    num_positives_ += positive;
  }
  double with_positive = 0, with_case = 0;
  for (size_t p = 0; p < positives_of_.size(); ++p) {
    with_positive += positives_of_[p] > 0;
    with_case += positives_of_[p] + negatives_of_[p] > 0;
  }
  if (num_positives_ > 0) patients_per_positive_ = with_positive / num_positives_;
  if (!items_.empty()) patients_per_case_ = with_case / num_cases();
}

void CurveSample::trace(std::span<const float> patient_counts,
                        std::span<double> figures) const {
  const double positives = weighted_total(patient_counts, positives_of_);
  const double negatives = weighted_total(patient_counts, negatives_of_);
  if (positives == 0 || negatives == 0) {
    std::fill(figures.begin(), figures.end(), kUndefined);
    return;
  }
  Reader reader(positives, negatives, figures);
  Group at{};
  for (const auto item : items_) {
    const auto count = static_cast<double>(patient_counts[item.patient]);
    const double positive = item.is_positive ? count : 0;
    at.more_positives += positive;
    at.more_negatives += count - positive;
    if (!item.is_last_of_tie) continue;
    if (at.false_positives + at.more_negatives > reader.next_false_positives()) {
      reader.read_roc(at);
    }
    if (at.true_positives + at.more_positives >= reader.next_true_positives()) {
      reader.read_precision(at);
    }
    at.area = at.area_at(1);
    at.true_positives += at.more_positives;
    at.false_positives += at.more_negatives;
    at.more_positives = at.more_negatives = 0;
  }
  reader.finish(at.area);
}

}  // namespace medgraft::statistics
