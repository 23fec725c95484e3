#include "medgraft/evaluation/split_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/evaluation/proportion_interval.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {

using nlohmann::json;
using statistics::Interval;

SplitScores::SplitScores(const std::vector<SplitView>& views,
                         const EvaluateOptions& options)
    : views_(views), options_(options) {
  for (const auto& view : views) {
    scorers_.emplace_back(*view.predictions, view.rows, view.patient_index,
                          view.thresholds);
  }
  resample(options.replicates);
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

void SplitScores::resample(int64_t replicates) {
  if (replicates == 0) return;
  ScoreRequest request{{}, options_.metrics, views_[0].num_patients, options_.threads};
  for (const auto& scorer : scorers_) request.scorers.push_back(&scorer);
  bootstrap_ = resample_scores(request, replicates, options_.seed);
}

std::vector<double> SplitScores::bootstrap_values(size_t model, size_t metric_index,
                                                  int64_t label) const {
  return bootstrap_.column(model, metric_index, label);
}

json SplitScores::metric_json(size_t model, size_t metric_index, int64_t label) const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const auto& scorer = scorers_[model];
  const auto metric = options_.metrics[metric_index];
  const bool one_label = label >= 0 || scorer.is_binary();
  const double value =
      label >= 0 ? scorer.score_label(metric, label, {}) : scorer.score(metric, {});
  Interval interval{value, kUnknown, kUnknown};
  std::string method = "none";
  if (options_.replicates > 0 && metric == Metric::kAuroc && one_label) {
    interval = scorer.label_auroc_interval(std::max<int64_t>(label, 0));
    method = value == 0 || value == 1         ? "one-sided exact bound"
             : scorer.patients_are_distinct() ? "delong logit"
                                              : "obuchowski logit";
  } else if (const auto share = proportion_interval(views_[model], metric, label);
             options_.replicates > 0 && share) {
    interval = {value, share->interval.low, share->interval.high};
    method = share->method;
  } else if (options_.replicates > 0 && !std::isnan(value)) {
    auto values = bootstrap_values(model, metric_index, label);
    const bool is_ece = metric == Metric::kEce || metric == Metric::kEceAdaptive ||
                        metric == Metric::kEceDebiased;
    interval = is_ece ? statistics::bias_corrected_interval(value, std::move(values))
                      : statistics::percentile_interval(value, std::move(values));
    method = is_ece ? "bootstrap bias-corrected" : "bootstrap percentile";
  }
  return value_json(interval, method,
                    label >= 0                 ? scorer.num_labeled(label)
                    : scorer.has_one_masking() ? scorer.num_labeled(0)
                                               : scorer.num_cases(),
                    views_[model].num_patients, views_[model].patients_are_known);
}

}  // namespace medgraft::evaluation
