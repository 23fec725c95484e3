#include "medgraft/statistics/delong.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace medgraft::statistics {
namespace {

constexpr double kNormal975 = 1.959963984540054;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Sums, over a cluster's items of one class, of component less AUROC.
struct ClusterSums {
  double a_positive = 0, a_negative = 0, b_positive = 0, b_negative = 0;
  bool has_positive = false, has_negative = false;
};

// Bessel's correction for n clusters; a single cluster has no variance to speak of.
double correction(double n) { return n > 1 ? n / (n - 1) : kUndefined; }

}  // namespace

AurocComponents auroc_components(std::span<const double> scores,
                                 std::span<const double> labels) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  AurocComponents out;
  out.of_item.resize(scores.size());
  for (const double label : labels) (label > 0.5 ? out.positives : out.negatives) += 1;
  if (out.positives == 0 || out.negatives == 0) {
    out.auroc = kUndefined;
    return out;
  }
  double positives_below = 0, negatives_below = 0, sum = 0;
  for (size_t first = 0; first < order.size();) {
    size_t last = first;
    double tied_positives = 0, tied_negatives = 0;
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last) {
      (labels[order[last]] > 0.5 ? tied_positives : tied_negatives) += 1;
    }
    for (; first < last; ++first) {
      const size_t i = order[first];
      if (labels[i] > 0.5) {
        out.of_item[i] = (negatives_below + tied_negatives / 2) / out.negatives;
        sum += out.of_item[i];
      } else {
        out.of_item[i] = 1 - (positives_below + tied_positives / 2) / out.positives;
      }
    }
    positives_below += tied_positives;
    negatives_below += tied_negatives;
  }
  out.auroc = sum / out.positives;
  return out;
}

double auroc_covariance(const AurocComponents& a, const AurocComponents& b,
                        std::span<const double> labels,
                        std::span<const int64_t> clusters) {
  const auto most = std::max_element(clusters.begin(), clusters.end());
  std::vector<ClusterSums> sums(most == clusters.end() ? 0
                                                       : static_cast<size_t>(*most) + 1);
  for (size_t i = 0; i < labels.size(); ++i) {
    auto& of_cluster = sums[static_cast<size_t>(clusters[i])];
    if (labels[i] > 0.5) {
      of_cluster.has_positive = true;
      of_cluster.a_positive += a.of_item[i] - a.auroc;
      of_cluster.b_positive += b.of_item[i] - b.auroc;
    } else {
      of_cluster.has_negative = true;
      of_cluster.a_negative += a.of_item[i] - a.auroc;
      of_cluster.b_negative += b.of_item[i] - b.auroc;
    }
  }
  double positive_clusters = 0, negative_clusters = 0, positive = 0, negative = 0,
         cross = 0;
  double num_clusters = 0;  // Numbers without an item are none.
  bool mixed = false;
  for (const auto& s : sums) {
    num_clusters += s.has_positive || s.has_negative;
    positive_clusters += s.has_positive;
    negative_clusters += s.has_negative;
    positive += s.a_positive * s.b_positive;
    negative += s.a_negative * s.b_negative;
    cross += s.a_positive * s.b_negative + s.a_negative * s.b_positive;
    mixed = mixed || (s.has_positive && s.has_negative);
  }
  const double m = a.positives, n = a.negatives;
  double covariance = correction(positive_clusters) * positive / (m * m) +
                      correction(negative_clusters) * negative / (n * n);
  if (mixed) {
    covariance += correction(num_clusters) * cross / (m * n);
  }
  return covariance;
}

Interval auroc_interval(const AurocComponents& components, double variance) {
  const double value = components.auroc;
  if (std::isnan(value)) return {value, value, value};
  if (value == 0 || value == 1) {
    const double bound =
        std::pow(0.05, 1 / std::min(components.positives, components.negatives));
    return value == 1 ? Interval{1, bound, 1} : Interval{0, 0, 1 - bound};
  }
  const double logit = std::log(value / (1 - value));
  const double half = kNormal975 * std::sqrt(variance) / (value * (1 - value));
  const auto inverse = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {value, inverse(logit - half), inverse(logit + half)};
}

double paired_delong_p(double difference, double variance) {
  if (variance <= 0) return difference == 0 ? 1 : 0;
  return std::erfc(std::abs(difference) / std::sqrt(2 * variance));
}

}  // namespace medgraft::statistics
