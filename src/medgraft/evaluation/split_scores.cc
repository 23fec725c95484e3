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
  num_labels_ = scorers_[0].is_binary() ? 0 : scorers_[0].num_labels();
  figures_ = static_cast<int64_t>(options.metrics.size()) * (1 + num_labels_);
  resample(options.replicates);
}

json SplitScores::model_json(size_t model) const {
  const auto& scorer = scorers_[model];
  const auto& view = views_[model];
  json out = {{"n_cases", scorer.num_cases()},
              {"n_patients", view.patients_are_known ? json(view.num_patients) : json()},
              {"masked_labels", scorer.num_masked()},
              {"metrics", json::object()},
              {"labels", json::object()}};
  for (size_t i = 0; i < options_.metrics.size(); ++i) {
    const auto metric = name_of(options_.metrics[i]);
    out["metrics"][metric] = metric_json(model, i, -1);
    for (int64_t k = 0; k < scorer.num_labels(); ++k) {
      out["labels"][view.predictions->names[static_cast<size_t>(k)]][metric] =
          num_labels_ == 0 ? out["metrics"][metric] : metric_json(model, i, k);
    }
  }
  return out;
}

void SplitScores::grow_to(int64_t replicates) {
  if (options_.replicates > 0 && replicates_ < replicates) resample(replicates);
}

void SplitScores::resample(int64_t replicates) {
  replicates_ = replicates;
  bootstrap_.clear();
  if (replicates == 0) return;
  bootstrap_ = statistics::bootstrap(
      views_[0].num_patients, replicates, std::ssize(scorers_) * figures_, options_.seed,
      options_.threads, [&](std::span<const double> counts, std::span<double> out) {
        size_t at = 0;
        for (const auto& scorer : scorers_) {
          for (const auto metric : options_.metrics) {
            out[at++] = scorer.score(metric, counts);
            for (int64_t k = 0; k < num_labels_; ++k) {
              out[at++] = scorer.score_label(metric, k, counts);
            }
          }
        }
      });
}

std::vector<double> SplitScores::bootstrap_values(size_t model, size_t metric_index,
                                                  int64_t label) const {
  const auto stride = std::ssize(scorers_) * figures_;
  const auto place = static_cast<int64_t>(model) * figures_ +
                     static_cast<int64_t>(metric_index) * (1 + num_labels_) + 1 + label;
  std::vector<double> values;
  for (int64_t r = 0; r < replicates_; ++r) {
    values.push_back(bootstrap_[static_cast<size_t>(r * stride + place)]);
  }
  return values;
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
  if (replicates_ > 0 && metric == Metric::kAuroc && one_label) {
    interval = scorer.label_auroc_interval(std::max<int64_t>(label, 0));
    method = value == 0 || value == 1         ? "one-sided exact bound"
             : scorer.patients_are_distinct() ? "delong logit"
                                              : "obuchowski logit";
  } else if (const auto share = proportion_interval(views_[model], metric, label);
             replicates_ > 0 && share) {
    interval = {value, share->interval.low, share->interval.high};
    method = share->method;
  } else if (replicates_ > 0 && !std::isnan(value)) {
    auto values = bootstrap_values(model, metric_index, label);
    const bool is_ece = metric == Metric::kEce || metric == Metric::kEceAdaptive ||
                        metric == Metric::kEceDebiased;
    interval = is_ece ? statistics::bias_corrected_interval(value, std::move(values))
                      : statistics::percentile_interval(value, std::move(values));
    method = is_ece ? "bootstrap bias-corrected" : "bootstrap percentile";
  }
  return value_json(interval, method,
                    label < 0 ? scorer.num_cases() : scorer.num_labeled(label),
                    views_[model].num_patients, views_[model].patients_are_known);
}

}  // namespace medgraft::evaluation
