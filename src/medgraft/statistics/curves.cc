#include "medgraft/statistics/curves.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Cumulative weights of the classes at and above each distinct score, descending.
struct Cumulated {
  std::vector<double> scores, positives, negatives;
};

Cumulated cumulate(std::span<const double> scores, std::span<const double> labels,
                   std::span<const double> weights) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return !weights.empty() && weights[i] == 0; });
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  Cumulated out;
  double positives = 0, negatives = 0;
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t i = order[place];
    (labels[i] > 0.5 ? positives : negatives) += weights.empty() ? 1 : weights[i];
    if (place + 1 < order.size() && scores[order[place + 1]] == scores[i]) continue;
    out.scores.push_back(scores[i]);
    out.positives.push_back(positives);
    out.negatives.push_back(negatives);
  }
  return out;
}

double share(double part, double total) { return total > 0 ? part / total : kUndefined; }

}  // namespace

RocCurve roc_curve(std::span<const double> scores, std::span<const double> labels,
                   std::span<const double> weights) {
  const auto at = cumulate(scores, labels, weights);
  const double positives = at.scores.empty() ? 0 : at.positives.back();
  const double negatives = at.scores.empty() ? 0 : at.negatives.back();
  RocCurve out;
  out.fpr = {share(0, negatives)};
  out.tpr = {share(0, positives)};
  out.thresholds = {std::numeric_limits<double>::infinity()};
  for (size_t i = 0; i < at.scores.size(); ++i) {
    out.fpr.push_back(share(at.negatives[i], negatives));
    out.tpr.push_back(share(at.positives[i], positives));
    out.thresholds.push_back(at.scores[i]);
  }
  return out;
}

PrecisionRecallCurve precision_recall_curve(std::span<const double> scores,
                                            std::span<const double> labels,
                                            std::span<const double> weights) {
  const auto at = cumulate(scores, labels, weights);
  const double positives = at.scores.empty() ? 0 : at.positives.back();
  PrecisionRecallCurve out;
  for (size_t i = at.scores.size(); i-- > 0;) {
    out.precision.push_back(at.positives[i] / (at.positives[i] + at.negatives[i]));
    out.recall.push_back(share(at.positives[i], positives));
    out.thresholds.push_back(at.scores[i]);
  }
  out.precision.push_back(1);
  out.recall.push_back(share(0, positives));
  return out;
}

}  // namespace medgraft::statistics
