#include "medgraft/evaluation/split_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/evaluation/proportion_interval.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {

using nlohmann::json;
using statistics::NamedInterval;

SplitScores::SplitScores(const std::vector<SplitView>& views,
                         const EvaluateOptions& options)
    : views_(views), options_(options) {
  for (const auto& view : views) {
    scorers_.emplace_back(*view.predictions, view.rows, view.patient_index,
                          view.thresholds);
  }
  resample(options.replicates);
  if (options.replicates > 0) jackknife_ = jackknife_scores(request());
}

json SplitScores::model_json(size_t model) const {
  const auto& scorer = scorers_[model];
  const auto& view = views_[model];
  json out = {{"n_cases", scorer.num_cases()},
              {"n_patients", view.patients_are_known ? json(view.num_patients) : json()},
              {"masked_labels", scorer.num_masked()},
              {"excluded",
               {{"uncertain_labels", scorer.num_uncertain()},
                {"blank_labels", scorer.num_blank()}}},
              {"metrics", json::object()},
              {"labels", json::object()}};
  for (size_t i = 0; i < options_.metrics.size(); ++i) {
    const auto metric = name_of(options_.metrics[i]);
    out["metrics"][metric] = metric_json(model, i, -1);
    for (int64_t k = 0; k < scorer.num_labels(); ++k) {
      out["labels"][view.predictions->names[static_cast<size_t>(k)]][metric] =
          scorer.is_binary() ? out["metrics"][metric] : metric_json(model, i, k);
    }
  }
  return out;
}

void SplitScores::grow_to(int64_t replicates) {
  if (options_.replicates > 0 && bootstrap_.num_weightings < replicates) {
    resample(replicates);
  }
}

ScoreRequest SplitScores::request() const {
  ScoreRequest out{{}, options_.metrics, views_[0].num_patients, options_.threads};
  for (const auto& scorer : scorers_) out.scorers.push_back(&scorer);
  return out;
}

void SplitScores::resample(int64_t replicates) {
  if (replicates > 0) {
    bootstrap_ = resample_scores(request(), replicates, options_.seed);
  }
}

std::vector<double> SplitScores::bootstrap_values(size_t model, size_t metric_index,
                                                  int64_t label) const {
  return bootstrap_.column(model, metric_index, label);
}

NamedInterval SplitScores::interval(size_t model, size_t metric_index, int64_t label,
                                    double value) const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const auto& scorer = scorers_[model];
  const auto metric = options_.metrics[metric_index];
  if (options_.replicates == 0 || std::isnan(value)) {
    return {{value, kUnknown, kUnknown}, "none"};
  }
  if (metric == Metric::kAuroc && (label >= 0 || scorer.is_binary())) {
    return scorer.label_auroc_interval(std::max<int64_t>(label, 0));
  }
  if (const auto share = proportion_interval(views_[model], metric, label)) return *share;
  auto values = bootstrap_.column(model, metric_index, label);
  switch (metric) {
    case Metric::kEce:
      return {statistics::reflected_interval(value, std::move(values), 0),
              "bootstrap bias-corrected, reflected"};
    case Metric::kEceAdaptive:
    case Metric::kEceDebiased:
      return {statistics::percentile_interval(value, std::move(values)),
              "bootstrap percentile"};
    default:
      return {statistics::bca_interval(value, std::move(values),
                                       jackknife_.column(model, metric_index, label)),
              "bootstrap bca"};
  }
}

json SplitScores::metric_json(size_t model, size_t metric_index, int64_t label) const {
  const auto& scorer = scorers_[model];
  const auto metric = options_.metrics[metric_index];
  const double value =
      label >= 0 ? scorer.score_label(metric, label, {}) : scorer.score(metric, {});
  const auto found = interval(model, metric_index, label, value);
  return value_json(found.interval, found.method,
                    label >= 0                 ? scorer.num_labeled(label)
                    : scorer.has_one_masking() ? scorer.num_labeled(0)
                                               : scorer.num_cases(),
                    views_[model].num_patients, views_[model].patients_are_known);
}

}  // namespace medgraft::evaluation
