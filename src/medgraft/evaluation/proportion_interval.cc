#include "medgraft/evaluation/proportion_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "medgraft/statistics/wilson.h"

namespace medgraft::evaluation {
namespace {

// Whether each case of a proportion's denominator was decided rightly.
struct Trials {
  std::vector<double> successes;
  std::vector<int64_t> patients;

  void add(bool success, int64_t patient) {
    successes.push_back(success ? 1 : 0);
    patients.push_back(patient);
  }
};

bool is_proportion(Metric metric) {
  return metric == Metric::kAccuracy || metric == Metric::kSensitivity ||
         metric == Metric::kSpecificity;
}

Trials of_label(const SplitView& view, Metric metric, size_t label) {
  const auto& predictions = *view.predictions;
  const auto columns = static_cast<size_t>(predictions.num_columns());
  const double threshold = label < view.thresholds.size() ? view.thresholds[label] : 0.5;
  Trials out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const double stated = predictions.multiclass
                              ? predictions.labels[row]
                              : predictions.labels[row * columns + label];
    if (std::isnan(stated) || stated < 0) continue;
    const bool positive =
        predictions.multiclass ? stated == static_cast<double>(label) : stated > 0.5;
    if (metric == Metric::kSensitivity && !positive) continue;
    if (metric == Metric::kSpecificity && positive) continue;
    const bool called = predictions.probabilities[row * columns + label] >= threshold;
    out.add(called == positive, view.patient_index[i]);
  }
  return out;
}

Trials of_top_class(const SplitView& view) {
  const auto& predictions = *view.predictions;
  const auto columns = predictions.num_columns();
  Trials out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const double stated = predictions.labels[static_cast<size_t>(view.rows[i])];
    if (std::isnan(stated)) continue;
    const auto first = predictions.probabilities.begin() + view.rows[i] * columns;
    const auto best = std::max_element(first, first + columns) - first;
    out.add(static_cast<double>(best) == stated, view.patient_index[i]);
  }
  return out;
}

statistics::NamedInterval wilson_of(const Trials& trials) {
  const auto share = statistics::clustered_proportion(trials.successes, trials.patients);
  return {statistics::wilson_interval(share),
          share.is_clustered ? "wilson clustered" : "wilson"};
}

}  // namespace

std::optional<statistics::NamedInterval> proportion_interval(const SplitView& view,
                                                             Metric metric,
                                                             int64_t label) {
  const bool aggregate = label < 0;
  if (aggregate && view.predictions->multiclass) {
    if (metric != Metric::kAccuracy) return {};
    return wilson_of(of_top_class(view));
  }
  if (aggregate && view.predictions->num_columns() != 1) return {};
  const auto k = static_cast<size_t>(std::max<int64_t>(label, 0));
  if (metric == Metric::kBalancedAccuracy) {
    return statistics::NamedInterval{
        statistics::mean_interval(
            wilson_of(of_label(view, Metric::kSensitivity, k)).interval,
            wilson_of(of_label(view, Metric::kSpecificity, k)).interval),
        "wilson of both classes"};
  }
  if (!is_proportion(metric)) return {};
  return wilson_of(of_label(view, metric, k));
}

}  // namespace medgraft::evaluation
