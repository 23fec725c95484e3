#include "medgraft/evaluation/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Interval;

json number(double value) { return std::isnan(value) ? json() : json(value); }

json value_json(const Interval& interval, const std::string& method, int64_t cases,
                int64_t patients, bool patients_are_known) {
  const bool undefined = std::isnan(interval.value);
  json out = {
      {"value", number(interval.value)},
      {"ci_low", number(interval.low)},
      {"ci_high", number(interval.high)},
      {"method", method},
      {"n_cases", cases},
      {"n_patients", patients},
      {"reason", undefined ? json("one class only, or no labeled case") : json()}};
  if (!patients_are_known) out["clustering"] = "unknown";
  return out;
}

// The models of one split over common rows, and all their bootstrap values.
class SplitScores {
 public:
  SplitScores(const std::vector<Model>& models, const std::string& split,
              const std::vector<std::vector<double>>& thresholds,
              const EvaluateOptions& options)
      : options_(options), split_(split) {
    std::vector<const Predictions*> files;
    std::vector<std::vector<int64_t>> rows;
    std::vector<std::string> names;
    for (const auto& model : models) {
      files.push_back(&model.predictions);
      rows.push_back(rows_of_split(model.predictions, split));
      names.push_back(model.name);
    }
    aligned_ = align(files, rows, names);
    for (size_t m = 0; m < models.size(); ++m) {
      scorers_.emplace_back(*files[m], aligned_.rows[m], aligned_.patient_index,
                            thresholds[m]);
    }
    num_labels_ = scorers_[0].is_binary() ? 0 : scorers_[0].num_labels();
    figures_ = static_cast<int64_t>(options.metrics.size()) * (1 + num_labels_);
    resample(options.replicates);
  }

  json model_json(size_t m, const std::vector<std::string>& names) const {
    const auto& scorer = scorers_[m];
    json out = {{"n_cases", scorer.num_cases()},
                {"n_patients",
                 aligned_.patients_are_known ? json(aligned_.num_patients) : json()},
                {"masked_labels", scorer.num_masked()},
                {"metrics", json::object()},
                {"labels", json::object()}};
    for (size_t i = 0; i < options_.metrics.size(); ++i) {
      const auto metric = options_.metrics[i];
      out["metrics"][name_of(metric)] = metric_json(m, i, -1, scorer.num_cases());
      for (int64_t k = 0; k < scorer.num_labels(); ++k) {
        out["labels"][names[static_cast<size_t>(k)]][name_of(metric)] =
            num_labels_ == 0 ? out["metrics"][name_of(metric)]
                             : metric_json(m, i, k, scorer.num_labeled(k));
      }
    }
    return out;
  }

  json comparison_json(size_t a, size_t b, size_t metric_index, const std::string& name_a,
                       const std::string& name_b, int64_t family_size) {
    const auto metric = options_.metrics[metric_index];
    json out = {{"a", name_a},
                {"b", name_b},
                {"split", split_},
                {"metric", name_of(metric)},
                {"family", text(split_, "/", name_of(metric))},
                {"verdict", nullptr}};
    const double difference =
        scorers_[a].score(metric, {}) - scorers_[b].score(metric, {});
    const bool delong = metric == Metric::kAuroc && scorers_[a].is_binary() &&
                        scorers_[a].patients_are_distinct();
    Interval interval{difference, difference, difference};
    double p = std::numeric_limits<double>::quiet_NaN();
    if (delong) {
      constexpr double kNormal975 = 1.959963984540054;
      const double variance = difference_variance(a, b);
      const double half = kNormal975 * std::sqrt(std::max(variance, 0.0));
      interval = {difference, difference - half, difference + half};
      p = statistics::paired_delong_p(difference, variance);
    } else {
      grow_for(family_size);
      const auto differences = bootstrap_differences(a, b, metric_index);
      interval = statistics::percentile_interval(difference, differences);
      if (!differences.empty()) p = statistics::bootstrap_p(differences);
    }
    out["difference"] = number(difference);
    out["ci_low"] = number(interval.low);
    out["ci_high"] = number(interval.high);
    out["p"] = number(p);
    out["p_adjusted"] = nullptr;
    out["test"] = delong ? "delong" : "paired bootstrap";
    return out;
  }

 private:
  // More replicates where the smallest p that B allows, times the family, exceeds 0.01.
  void grow_for(int64_t family_size) {
    const int64_t needed = 200 * family_size;
    if (options_.replicates > 0 && replicates_ < needed) resample(needed);
  }

  void resample(int64_t replicates) {
    replicates_ = replicates;
    bootstrap_.clear();
    const auto models = static_cast<int64_t>(scorers_.size());
    if (replicates == 0) return;
    bootstrap_ = statistics::bootstrap(
        aligned_.num_patients, replicates, models * figures_, options_.seed,
        options_.threads, [&](std::span<const double> counts, std::span<double> out) {
          for (size_t m = 0; m < scorers_.size(); ++m) {
            fill(m, counts,
                 out.subspan(m * static_cast<size_t>(figures_),
                             static_cast<size_t>(figures_)));
          }
        });
  }

  void fill(size_t m, std::span<const double> counts, std::span<double> out) const {
    size_t at = 0;
    for (const auto metric : options_.metrics) {
      out[at++] = scorers_[m].score(metric, counts);
      for (int64_t k = 0; k < num_labels_; ++k) {
        out[at++] = scorers_[m].score_label(metric, k, counts);
      }
    }
  }

  std::vector<double> bootstrap_values(size_t m, size_t metric_index,
                                       int64_t label) const {
    std::vector<double> values;
    const auto models = static_cast<int64_t>(scorers_.size());
    const auto place = static_cast<int64_t>(m) * figures_ +
                       static_cast<int64_t>(metric_index) * (1 + num_labels_) + 1 + label;
    for (int64_t r = 0; r < replicates_; ++r) {
      values.push_back(bootstrap_[static_cast<size_t>(r * models * figures_ + place)]);
    }
    return values;
  }

  std::vector<double> bootstrap_differences(size_t a, size_t b,
                                            size_t metric_index) const {
    auto of_a = bootstrap_values(a, metric_index, -1);
    const auto of_b = bootstrap_values(b, metric_index, -1);
    for (size_t r = 0; r < of_a.size(); ++r) of_a[r] -= of_b[r];
    return of_a;
  }

  double difference_variance(size_t a, size_t b) const {
    const auto parts_a = scorers_[a].components(0);
    const auto parts_b = scorers_[b].components(0);
    const auto& labels = scorers_[a].labels_of(0);
    const auto& patients = scorers_[a].patients_of(0);
    const auto covariance = [&](const auto& x, const auto& y) {
      return statistics::auroc_covariance(x, y, labels, patients);
    };
    return covariance(parts_a, parts_a) + covariance(parts_b, parts_b) -
           2 * covariance(parts_a, parts_b);
  }

  json metric_json(size_t m, size_t metric_index, int64_t label, int64_t cases) const {
    const auto& scorer = scorers_[m];
    const auto metric = options_.metrics[metric_index];
    const bool one_label = label >= 0 || scorer.is_binary();
    const double value =
        label >= 0 ? scorer.score_label(metric, label, {}) : scorer.score(metric, {});
    Interval interval{value, std::numeric_limits<double>::quiet_NaN(),
                      std::numeric_limits<double>::quiet_NaN()};
    std::string method = "none";
    if (replicates_ > 0 && metric == Metric::kAuroc && one_label) {
      interval = scorer.label_auroc_interval(std::max<int64_t>(label, 0));
      method = value == 0 || value == 1         ? "one-sided exact bound"
               : scorer.patients_are_distinct() ? "delong logit"
                                                : "obuchowski logit";
    } else if (replicates_ > 0 && !std::isnan(value)) {
      auto values = bootstrap_values(m, metric_index, label);
      const bool is_ece = metric == Metric::kEce || metric == Metric::kEceAdaptive ||
                          metric == Metric::kEceDebiased;
      interval = is_ece ? statistics::bias_corrected_interval(value, std::move(values))
                        : statistics::percentile_interval(value, std::move(values));
      method = is_ece ? "bootstrap bias-corrected" : "bootstrap percentile";
    }
    return value_json(interval, method, cases, aligned_.num_patients,
                      aligned_.patients_are_known);
  }

  const EvaluateOptions& options_;
  std::string split_;
  AlignedRows aligned_;
  std::vector<Scorer> scorers_;
  int64_t num_labels_ = 0, figures_ = 0, replicates_ = 0;
  std::vector<double> bootstrap_;  ///< [replicates, models, figures]
};

// The pairs to compare: all, or each model against the baseline.
std::vector<std::pair<size_t, size_t>> pairs(const std::vector<Model>& models,
                                             const EvaluateOptions& options) {
  std::vector<std::pair<size_t, size_t>> out;
  if (!options.baseline.empty()) {
    const auto found = std::find_if(models.begin(), models.end(), [&](const auto& model) {
      return model.name == options.baseline;
    });
    require(found != models.end(), "--baseline ", options.baseline,
            " is none of the models given");
    const auto b = static_cast<size_t>(found - models.begin());
    for (size_t a = 0; a < models.size(); ++a) {
      if (a != b) out.emplace_back(a, b);
    }
  } else if (options.compare) {
    for (size_t a = 0; a < models.size(); ++a) {
      for (size_t b = a + 1; b < models.size(); ++b) out.emplace_back(a, b);
    }
  }
  return out;
}

void adjust_families(json& comparisons) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < comparisons.size(); ++i) {
    if (!comparisons[i]["p"].is_null()) families[comparisons[i]["family"]].push_back(i);
  }
  for (const auto& [_, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(comparisons[i]["p"]);
    const auto adjusted = statistics::holm(p);
    for (size_t i = 0; i < members.size(); ++i) {
      comparisons[members[i]]["p_adjusted"] = adjusted[i];
    }
  }
}

// The thresholds of each model, from its validation cases alone.
std::vector<std::vector<double>> youden_thresholds(const std::vector<Model>& models) {
  std::vector<std::vector<double>> thresholds;
  for (const auto& [name, files, predictions] : models) {
    const auto rows = rows_of_split(predictions, "val");
    std::vector<int64_t> each(rows.size());
    std::iota(each.begin(), each.end(), int64_t{0});
    thresholds.push_back(Scorer(predictions, rows, each, {}).youden_thresholds());
  }
  return thresholds;
}

std::vector<std::string> splits_of(const Model& model) {
  const auto& splits = model.predictions.splits;
  const std::set<std::string> distinct(splits.begin(), splits.end());
  std::vector<std::string> out(distinct.begin(), distinct.end());
  // Validation first: thresholds come from it.
  std::stable_partition(out.begin(), out.end(), [](const auto& s) { return s == "val"; });
  return out;
}

}  // namespace

json evaluate(const std::vector<Model>& models, const EvaluateOptions& options) {
  json document = {{"schema", 1},
                   {"inputs", json::array()},
                   {"models", json::object()},
                   {"cells", json::array()},
                   {"comparisons", json::array()}};
  std::vector<std::vector<double>> thresholds(models.size());
  for (const auto& model : models) {
    require(!document["models"].contains(model.name), "two models are named ", model.name,
            "; name them as NAME=PATH");
    document["models"][model.name]["splits"] = json::object();
    document["inputs"].push_back({{"name", model.name}, {"files", model.files}});
  }
  const auto compared = pairs(models, options);
  const auto split_names = splits_of(models[0]);
  if (!compared.empty()) {
    for (const auto& model : models) {
      require(splits_of(model) == split_names, models[0].name, " and ", model.name,
              " have different splits; compare predictions of the same ones");
    }
  }
  const auto run_split = [&](const std::vector<Model>& group, const std::string& split,
                             std::vector<std::vector<double>>& of_group) {
    if (split == "val") of_group = youden_thresholds(group);
    SplitScores scores(group, split, of_group, options);
    for (size_t m = 0; m < group.size(); ++m) {
      auto& out = document["models"][group[m].name]["splits"][split];
      out = scores.model_json(m, group[m].predictions.names);
      out["thresholds"] = of_group[m];
    }
    const auto family = static_cast<int64_t>(compared.size());
    for (const auto& [a, b] : compared) {
      for (size_t i = 0; i < options.metrics.size(); ++i) {
        document["comparisons"].push_back(
            scores.comparison_json(a, b, i, group[a].name, group[b].name, family));
      }
    }
  };
  if (!compared.empty()) {
    for (const auto& split : split_names) run_split(models, split, thresholds);
  } else {
    for (const auto& model : models) {
      std::vector<std::vector<double>> own(1);
      for (const auto& split : splits_of(model)) run_split({model}, split, own);
    }
  }
  adjust_families(document["comparisons"]);
  return document;
}

}  // namespace medgraft::evaluation
