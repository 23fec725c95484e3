#include "medgraft/statistics/auroc.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace medgraft::statistics {

double auroc(std::span<const double> scores, std::span<const double> labels) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double wins = 0, positives = 0, negatives = 0;
  for (size_t first = 0; first < order.size();) {
    double tied_positives = 0, tied_negatives = 0;
    size_t last = first;
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last) {
      (labels[order[last]] > 0.5 ? tied_positives : tied_negatives) += 1;
    }
    wins += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
    first = last;
  }
  if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  return wins / (positives * negatives);
}

}  // namespace medgraft::statistics
