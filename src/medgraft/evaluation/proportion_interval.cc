#include "medgraft/evaluation/proportion_interval.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "medgraft/evaluation/label_columns.h"
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
  const double threshold = label < view.thresholds.size() ? view.thresholds[label] : 0.5;
  const auto column = label_column(view, label);
  Trials out;
  for (size_t i = 0; i < column.size(); ++i) {
    const bool positive = column.labels[i] > 0.5;
    if (metric == Metric::kSensitivity && !positive) continue;
    if (metric == Metric::kSpecificity && positive) continue;
    const bool called = column.probabilities[i] >= threshold;
    out.add(called == positive, column.patients[i]);
  }
  return out;
}

Trials of_top_class(const SplitView& view) {
  auto top = top_column(view);
  return {std::move(top.labels), std::move(top.patients)};
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
