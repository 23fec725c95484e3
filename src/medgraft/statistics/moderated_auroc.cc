#include "medgraft/statistics/moderated_auroc.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/owens_t.hpp>
#include <cmath>
#include <numbers>
#include <unordered_map>

namespace medgraft::statistics {
namespace {

// Weight of the model in patients: of 2, 3, 4 and 6 the one with which most conditions
// of docs/metrics/coverage.md hold.
constexpr double kPriorPatients = 4;

// One class's items of one patient: how many, and the sum of component less AUROC.
struct Cluster {
  double items = 0, sum = 0;
};

// One class: sums over its patients and its items.
struct ClassSums {
  double items = 0, patients = 0, item_squares = 0, cluster_squares = 0, size_squares = 0;

  void add(const Cluster& cluster) {
    if (cluster.items == 0) return;
    items += cluster.items;
    patients += 1;
    cluster_squares += cluster.sum * cluster.sum;
    size_squares += cluster.items * cluster.items;
  }
  // By how much items of the same patient inflate the variance; too few patients do not
  // tell, and their items are then taken for copies.
  double design_effect() const {
    if (patients < 3 || item_squares == 0) return size_squares / items;
    return std::max(1.0, cluster_squares / item_squares);
  }
  double variance(double model) const {
    const double own = patients > 1 ? patients / (patients - 1) * cluster_squares : 0;
    return ((patients - 1) * own + kPriorPatients * model * design_effect() * items) /
           (degrees() * items * items);
  }
  double degrees() const { return patients - 1 + kPriorPatients; }
};

// Patients with an item of each class, and whether each has one item in all.
struct Patients {
  double positives = 0, negatives = 0;
  bool are_distinct = true;
};

Patients count_patients(std::span<const double> labels,
                        std::span<const int64_t> clusters) {
  std::unordered_map<int64_t, std::pair<bool, bool>> seen;
  Patients out;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto [found, is_new] = seen.emplace(clusters[i], std::pair{false, false});
    out.are_distinct = out.are_distinct && is_new;
    const bool positive = labels[i] > 0.5;
    bool& has = positive ? found->second.first : found->second.second;
    if (has) continue;
    has = true;
    (positive ? out.positives : out.negatives) += 1;
  }
  return out;
}

}  // namespace

double binormal_placement_variance(double auroc) {
  // P(X > Y1, X > Y2) = Phi2(d, d; 1/2) = Phi(d) - 2 T(d, 1 / sqrt 3), Owen 1956.
  const double distance = boost::math::quantile(boost::math::normal(), auroc);
  return auroc - 2 * boost::math::owens_t(distance, std::numbers::inv_sqrt3) -
         auroc * auroc;
}

ModeratedVariance moderated_auroc_variance(const AurocComponents& components,
                                           std::span<const double> labels,
                                           std::span<const int64_t> clusters) {
  std::unordered_map<int64_t, std::pair<Cluster, Cluster>> patients;
  ClassSums positive, negative;
  for (size_t i = 0; i < labels.size(); ++i) {
    auto& [positives, negatives] = patients[clusters[i]];
    auto& cluster = labels[i] > 0.5 ? positives : negatives;
    const double deviation = components.of_item[i] - components.auroc;
    cluster.items += 1;
    cluster.sum += deviation;
    (labels[i] > 0.5 ? positive : negative).item_squares += deviation * deviation;
  }
  double cross = 0;
  for (const auto& [_, both] : patients) {
    positive.add(both.first);
    negative.add(both.second);
    cross += 2 * both.first.sum * both.second.sum;
  }
  const auto all = static_cast<double>(patients.size());
  const double model = binormal_placement_variance(components.auroc);
  const double of_positives = positive.variance(model);
  const double of_negatives = negative.variance(model);
  const double sum = of_positives + of_negatives;
  cross *= all > 1 ? all / (all - 1) / (positive.items * negative.items) : 0;
  // A negative covariance is never let cancel more than half.
  return {std::max(sum + cross, sum / 2),
          sum * sum /
              (of_positives * of_positives / positive.degrees() +
               of_negatives * of_negatives / negative.degrees()),
          positive.patients, negative.patients};
}

Interval moderated_auroc_interval(const AurocComponents& components,
                                  std::span<const double> labels,
                                  std::span<const int64_t> clusters) {
  const double value = components.auroc;
  if (std::isnan(value)) return {value, value, value};
  if (value == 0 || value == 1) {
    const auto [positives, negatives, _] = count_patients(labels, clusters);
    const double bound = std::pow(0.05, 1 / std::min(positives, negatives));
    return value == 1 ? Interval{1, bound, 1} : Interval{0, 0, 1 - bound};
  }
  const auto [variance, degrees, m, n] =
      moderated_auroc_variance(components, labels, clusters);
  const boost::math::students_t t(degrees);
  const double half =
      boost::math::quantile(t, 0.975) * std::sqrt(variance) / (value * (1 - value));
  const double logit = std::log(value / (1 - value));
  const auto inverse = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {value, inverse(logit - half), inverse(logit + half)};
}

NamedInterval recommended_auroc_interval(const AurocComponents& components,
                                         std::span<const double> labels,
                                         std::span<const int64_t> clusters) {
  constexpr double kFewPatients = 20;
  const double value = components.auroc;
  if (std::isnan(value)) return {{value, value, value}, "none"};
  const auto patients = count_patients(labels, clusters);
  const bool few = std::min(patients.positives, patients.negatives) < kFewPatients;
  if (value == 0 || value == 1 || few) {
    return {moderated_auroc_interval(components, labels, clusters),
            value == 0 || value == 1 ? "one-sided exact bound"
            : patients.are_distinct  ? "delong logit, moderated"
                                     : "obuchowski logit, moderated"};
  }
  return {auroc_interval(components,
                         auroc_covariance(components, components, labels, clusters)),
          patients.are_distinct ? "delong logit" : "obuchowski logit"};
}

}  // namespace medgraft::statistics
