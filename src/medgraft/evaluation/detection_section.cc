#include "medgraft/evaluation/detection_section.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "medgraft/evaluation/joint_patients.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/detection.h"
#include "medgraft/statistics/ood_scores.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::DetectionSample;
using statistics::Interval;
using statistics::OutputKind;

constexpr int64_t kNeighbors = 50;  // Source: OpenOOD, configs/postprocessors/knn.yml.
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kFigures[] = {"auroc", "fpr95", "aupr_in", "aupr_out"};
constexpr int64_t kNumFigures = std::ssize(kFigures);

// One score of every case of two splits; without values, why.
struct Score {
  std::string name;
  std::vector<double> values;  // [id, then OOD]
  std::string reason;
  json fitted_on;  // Null for scores that need no training cases.
};

// Rows of a matrix [N, columns] of the model's predictions.
template <class T>
std::vector<T> take_rows(const std::vector<T>& matrix, size_t columns,
                         std::initializer_list<const SplitView*> views) {
  std::vector<T> out;
  for (const auto* view : views) {
    for (const int64_t row : view->rows) {
      const auto first = matrix.begin() + row * static_cast<int64_t>(columns);
      out.insert(out.end(), first, first + static_cast<int64_t>(columns));
    }
  }
  return out;
}

// Classes for Mahalanobis distances: of a multi-class or binary task; several labels are
// one class, for they do not exclude each other. Unknown: -1.
std::vector<int64_t> classes_of(const SplitView& view) {
  const auto& predictions = *view.predictions;
  const bool one_class = !predictions.multiclass && predictions.num_columns() > 1;
  std::vector<int64_t> classes;
  for (const int64_t row : view.rows) {
    const double label = one_class ? 0 : predictions.labels[static_cast<size_t>(row)];
    classes.push_back(std::isnan(label) || label < 0 ? -1 : static_cast<int64_t>(label));
  }
  const bool none_is_known =
      std::all_of(classes.begin(), classes.end(), [](int64_t k) { return k < 0; });
  if (none_is_known) classes.assign(classes.size(), 0);
  return classes;
}

// The scores that a model's cases get, of what it says or of what it saw.
class Scores {
 public:
  Scores(const SplitView& id, const SplitView* training, int threads)
      : id_(id), training_(training), threads_(threads) {
    const auto& predictions = *id.predictions;
    kind_ = predictions.multiclass ? OutputKind::kClasses : OutputKind::kLabels;
    width_ = predictions.feature_names.size();
    if (predictions.features.empty()) {
      reason_ = "the predictions have no feature: columns";
    } else if (!training || training->rows.empty()) {
      reason_ = "no training or validation cases whose features could be learned from";
    } else {
      training_features_ = take_rows(predictions.features, width_, {training});
      gaussians_.emplace(rows_of(training_features_), classes_of(*training));
    }
  }

  std::vector<Score> of(const SplitView& ood) const {
    const auto& predictions = *id_.predictions;
    const auto columns = static_cast<size_t>(predictions.num_columns());
    const auto k = predictions.num_columns();
    const auto p = take_rows(predictions.probabilities, columns, {&id_, &ood});
    std::vector<Score> out = {
        {"msp", statistics::maximum_probability_scores(p, k, kind_), "", {}},
        {"entropy", statistics::entropy_scores(p, k, kind_), "", {}}};
    if (predictions.logits.empty()) {
      for (const char* name : {"energy", "max_logit"}) {
        out.push_back({name, {}, "the predictions have no logit: columns", {}});
      }
    } else {
      const auto z = take_rows(predictions.logits, columns, {&id_, &ood});
      out.push_back({"energy", statistics::energy_scores(z, k, kind_), "", {}});
      out.push_back({"max_logit", statistics::maximum_logit_scores(z, k), "", {}});
    }
    add_feature_scores(ood, out);
    return out;
  }

 private:
  statistics::FeatureRows rows_of(const std::vector<float>& values) const {
    return {values, static_cast<int64_t>(width_)};
  }

  void add_feature_scores(const SplitView& ood, std::vector<Score>& out) const {
    if (!gaussians_) {
      for (const char* name : {"mahalanobis", "relative_mahalanobis", "knn"}) {
        out.push_back({name, {}, reason_, {}});
      }
      return;
    }
    const auto features = take_rows(id_.predictions->features, width_, {&id_, &ood});
    const auto distances = gaussians_->score(rows_of(features));
    json fitted_on = {{"split", training_->split}, {"n_cases", training_->num_cases()}};
    out.push_back({"mahalanobis", distances.nearest, "", fitted_on});
    if (std::isnan(distances.relative.front())) {
      out.push_back({"relative_mahalanobis",
                     {},
                     "needs several classes that exclude each other",
                     fitted_on});
    } else {
      out.push_back({"relative_mahalanobis", distances.relative, "", fitted_on});
    }
    const auto neighbors = std::min(kNeighbors, training_->num_cases());
    fitted_on["k"] = neighbors;
    out.push_back(
        {"knn",
         statistics::nearest_neighbor_scores(rows_of(training_features_),
                                             rows_of(features), neighbors, threads_),
         "", fitted_on});
  }

  const SplitView& id_;
  const SplitView* training_;
  int threads_;
  OutputKind kind_ = OutputKind::kLabels;
  size_t width_ = 0;
  std::string reason_;  // Why there are no scores from features.
  std::vector<float> training_features_;
  std::optional<statistics::MahalanobisDistances> gaussians_;
};

Interval auroc_interval(const DetectionSample& sample,
                        const std::vector<int64_t>& patients) {
  const auto parts = statistics::auroc_components(sample.scores(), sample.outside());
  return statistics::auroc_interval(
      parts, statistics::auroc_covariance(parts, parts, sample.outside(), patients));
}

// One OOD split against `id`.
class Detection {
 public:
  Detection(const SplitView& id, const SplitView& ood, const EvaluateOptions& options)
      : options_(options),
        joint_({&id, &ood}),
        num_cases_(id.num_cases() + ood.num_cases()) {
    outside_.assign(id.rows.size(), 0);
    outside_.resize(static_cast<size_t>(num_cases_), 1);
    patients_ = joint_.of(0);
    patients_.insert(patients_.end(), joint_.of(1).begin(), joint_.of(1).end());
  }

  json to_json(const std::vector<Score>& scores) const {
    std::vector<DetectionSample> samples;
    for (const auto& score : scores) {
      if (!score.values.empty()) samples.emplace_back(score.values, outside_);
    }
    const auto figures = kNumFigures * std::ssize(samples);
    const auto replicates = joint_.bootstrap(
        figures, options_, [&](std::span<const double> counts, std::span<double> out) {
          std::vector<double> weights;
          for (const int64_t i : patients_) {
            weights.push_back(counts[static_cast<size_t>(i)]);
          }
          auto at = out.begin();
          for (const auto& sample : samples) {
            const auto values = sample.figures(weights).values();
            at = std::copy(values.begin(), values.end(), at);
          }
        });
    json out;
    int64_t place = 0;  // Of the next defined score's figures.
    for (const auto& score : scores) {
      auto& entry = out[score.name];
      if (score.values.empty()) {
        for (const char* name : kFigures) {
          entry[name] = value({kUnknown, kUnknown, kUnknown}, "none", score.reason);
        }
      } else {
        entry = figures_json(samples[static_cast<size_t>(place)], replicates, figures,
                             kNumFigures * place);
        ++place;
      }
      if (!score.fitted_on.is_null()) entry["fitted_on"] = score.fitted_on;
    }
    return out;
  }

 private:
  json value(const Interval& interval, const std::string& method,
             const std::string& reason) const {
    return value_json(interval, method, num_cases_, joint_.num_patients(),
                      joint_.are_known(), reason);
  }

  json figures_json(const DetectionSample& sample, std::span<const double> replicates,
                    int64_t figures, int64_t first) const {
    const auto values = sample.figures().values();
    json out;
    for (int64_t i = 0; i < kNumFigures; ++i) {
      const double estimate = values[static_cast<size_t>(i)];
      Interval interval{estimate, kUnknown, kUnknown};
      std::string method = "none";
      if (options_.replicates > 0 && i == 0) {
        interval = auroc_interval(sample, patients_);
        method = estimate == 0 || estimate == 1        ? "one-sided exact bound"
                 : joint_.num_patients() == num_cases_ ? "delong logit"
                                                       : "obuchowski logit";
      } else if (options_.replicates > 0) {
        interval = statistics::percentile_interval(
            estimate,
            statistics::values_of_figure(replicates, static_cast<size_t>(figures),
                                         static_cast<size_t>(first + i)));
        method = "bootstrap percentile";
      }
      out[kFigures[i]] = value(interval, method, "");
    }
    return out;
  }

  const EvaluateOptions& options_;
  JointPatients joint_;
  int64_t num_cases_;
  std::vector<double> outside_;
  std::vector<int64_t> patients_;  // Of all cases, jointly numbered.
};

}  // namespace

std::string ood_name(const std::string& split) {
  constexpr std::string_view kPrefix = "ood-";
  return split.starts_with(kPrefix) ? split.substr(kPrefix.size()) : split;
}

json ood_detection_json(const SplitView& id, const std::vector<SplitView>& ood,
                        const SplitView* training, const EvaluateOptions& options) {
  json out = json::object();
  if (id.rows.empty() || ood.empty()) return out;
  const Scores scores(id, training, options.threads);
  for (const auto& view : ood) {
    if (view.rows.empty()) continue;
    out[ood_name(view.split)] = Detection(id, view, options).to_json(scores.of(view));
  }
  return out;
}

}  // namespace medgraft::evaluation
