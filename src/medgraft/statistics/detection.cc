#include "medgraft/statistics/detection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kTargetRate = 0.95;

// Weights of one run of equal scores.
struct Group {
  double outside = 0, inside = 0;
};

// Area under precision over recall of the items that `hit` counts, by trapezoids.
class PrecisionRecallArea {
 public:
  explicit PrecisionRecallArea(double hits) : hits_(hits) {}
  void add(double hit, double missed) {
    found_ += hit;
    taken_ += hit + missed;
    const double recall = found_ / hits_, precision = found_ / taken_;
    area_ += (recall - recall_) * (precision + precision_) / 2;
    recall_ = recall;
    precision_ = precision;
  }
  double area() const { return area_; }

 private:
  double hits_, found_ = 0, taken_ = 0, recall_ = 0, precision_ = 1, area_ = 0;
};

}  // namespace

DetectionSample::DetectionSample(std::vector<double> scores, std::vector<double> outside)
    : scores_(std::move(scores)), outside_(std::move(outside)), order_(scores_.size()) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](size_t a, size_t b) { return scores_[a] > scores_[b]; });
  for (size_t i = 0; i < order_.size(); ++i) {
    const bool ends =
        i + 1 == order_.size() || scores_[order_[i]] != scores_[order_[i + 1]];
    if (ends) group_ends_.push_back(i + 1);
  }
}

DetectionFigures DetectionSample::figures(Weights weights) const {
  std::vector<Group> groups;
  groups.reserve(group_ends_.size());
  double outside = 0, inside = 0;
  size_t at = 0;
  for (const size_t end : group_ends_) {
    Group group;
    for (; at < end; ++at) {
      const size_t i = order_[at];
      (outside_[i] > 0.5 ? group.outside : group.inside) +=
          weights.empty() ? 1 : weights[i];
    }
    if (group.outside + group.inside == 0) continue;
    outside += group.outside;
    inside += group.inside;
    groups.push_back(group);
  }
  if (outside == 0 || inside == 0) {
    return {kUndefined, kUndefined, kUndefined, kUndefined};
  }
  double wins = 0, found = 0, alarms = 0, fpr95 = kUndefined;
  PrecisionRecallArea out(outside), in(inside);
  for (const auto& group : groups) {
    wins += group.inside * (found + group.outside / 2);
    found += group.outside;
    alarms += group.inside;
    if (std::isnan(fpr95) && found / outside >= kTargetRate) fpr95 = alarms / inside;
    out.add(group.outside, group.inside);
  }
  for (size_t g = groups.size(); g > 0; --g) {
    in.add(groups[g - 1].inside, groups[g - 1].outside);
  }
  return {wins / (outside * inside), fpr95, in.area(), out.area()};
}

}  // namespace medgraft::statistics
