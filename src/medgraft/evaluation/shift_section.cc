#include "medgraft/evaluation/shift_section.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/joint_patients.h"
#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/prevalence_shift.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Interval;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kClip = std::numeric_limits<double>::epsilon();

struct EvaluableLabels {
  std::vector<int64_t> labels;
  json excluded = json::array();
};

EvaluableLabels evaluable_labels(const SplitView& id, const SplitView& ood) {
  EvaluableLabels out;
  const auto& names = id.predictions->names;
  for (int64_t k = 0; k < std::ssize(names); ++k) {
    std::string reason;
    for (const auto* view : {&id, &ood}) {
      const auto label = label_column(*view, static_cast<size_t>(k));
      if (label.has_both_classes()) continue;
      if (!reason.empty()) reason += "; ";
      reason += label.size() == 0
                    ? text(view->split, " has no labeled case")
                    : text(view->split, " has ", label.size(),
                           label.num_positives() > 0 ? " cases, all positive"
                                                     : " cases, none positive");
    }
    if (reason.empty()) {
      out.labels.push_back(k);
    } else {
      out.excluded.push_back(
          {{"label", names[static_cast<size_t>(k)]}, {"reason", reason}});
    }
  }
  return out;
}

// A model's rows of one split with its logits divided by the temperature.
Predictions with_temperature(const SplitView& view, double temperature) {
  const auto& from = *view.predictions;
  const auto columns = static_cast<size_t>(from.num_columns());
  const size_t label_columns = from.multiclass ? 1 : columns;
  Predictions out;
  out.multiclass = from.multiclass;
  out.names = from.names;
  for (const int64_t row : view.rows) {
    const auto first = static_cast<size_t>(row) * columns;
    for (size_t k = 0; k < label_columns; ++k) {
      out.labels.push_back(from.labels[static_cast<size_t>(row) * label_columns + k]);
    }
    double total = 0;
    for (size_t k = 0; k < columns; ++k) {
      const double p = std::clamp(from.probabilities[first + k], kClip, 1 - kClip);
      const double logit = !from.logits.empty() ? from.logits[first + k]
                           : from.multiclass    ? std::log(p)
                                                : std::log(p) - std::log1p(-p);
      out.probabilities.push_back(logit / temperature);
    }
    auto* scaled = out.probabilities.data() + out.probabilities.size() - columns;
    const double highest = *std::max_element(scaled, scaled + columns);
    for (size_t k = 0; k < columns; ++k) {
      scaled[k] = from.multiclass ? std::exp(scaled[k] - highest)
                                  : 1 / (1 + std::exp(-scaled[k]));
      total += scaled[k];
    }
    for (size_t k = 0; from.multiclass && k < columns; ++k) scaled[k] /= total;
  }
  return out;
}

// A figure of one set and its values in the resamples; none without resamples.
struct Figure {
  double estimate = kUnknown;
  std::vector<double> values;
};

// `change` of two figures.
template <class Change>
Figure combine(const Figure& a, const Figure& b, const Change& change) {
  Figure out{change(a.estimate, b.estimate), a.values};
  for (size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = change(a.values[i], b.values[i]);
  }
  return out;
}

Figure mean_of(const std::vector<Figure>& figures) {
  const auto mean_at = [&](const auto& value_of) {
    std::vector<double> values;
    for (const auto& figure : figures) values.push_back(value_of(figure));
    return mean_of_defined(values);
  };
  Figure out{mean_at([](const Figure& figure) { return figure.estimate; }), {}};
  for (size_t b = 0; !figures.empty() && b < figures[0].values.size(); ++b) {
    out.values.push_back(mean_at([b](const Figure& figure) { return figure.values[b]; }));
  }
  return out;
}

// Metrics of both sets, over the labels evaluable in both.
class SetScores {
 public:
  /// @param scorers of the two sets, with joint patients.
  SetScores(std::vector<Scorer> scorers, std::vector<Metric> metrics,
            const JointPatients& joint, const EvaluableLabels& evaluable,
            const EvaluateOptions& options, bool multiclass)
      : scorers_(std::move(scorers)),
        metrics_(std::move(metrics)),
        evaluable_(evaluable),
        multiclass_(multiclass) {
    if (options.replicates == 0) return;
    const ScoreRequest request{
        {&scorers_[0], &scorers_[1]}, metrics_, joint.num_patients(), options.threads};
    table_ = score_weightings(request, options.replicates,
                              [&](int64_t index, std::span<uint16_t> counts) {
                                joint.draw(options.seed, index, counts);
                              });
  }

  const Scorer& scorer(size_t set) const { return scorers_[set]; }

  /// @param place of an evaluable label; -1: the aggregate, their mean. Of several
  /// classes all but the areas are of the most probable class.
  Figure figure(size_t set, Metric metric, int64_t place) const {
    const bool is_area = metric == Metric::kAuroc || metric == Metric::kAuprc;
    if (place >= 0) return of_label(set, metric, place);
    if (multiclass_ && !is_area) {
      return {scorers_[set].score(metric, {}), column(set, metric, -1)};
    }
    std::vector<Figure> labels;
    for (int64_t l = 0; l < std::ssize(evaluable_.labels); ++l) {
      labels.push_back(of_label(set, metric, l));
    }
    return mean_of(labels);
  }

 private:
  Figure of_label(size_t set, Metric metric, int64_t place) const {
    const auto k = evaluable_.labels[static_cast<size_t>(place)];
    return {scorers_[set].score_label(metric, k, {}), column(set, metric, k)};
  }

  std::vector<double> column(size_t set, Metric metric, int64_t label) const {
    if (table_.values.empty()) return {};
    const auto m = std::find(metrics_.begin(), metrics_.end(), metric);
    return table_.column(set, static_cast<size_t>(m - metrics_.begin()), label);
  }

  std::vector<Scorer> scorers_;
  std::vector<Metric> metrics_;
  const EvaluableLabels& evaluable_;
  bool multiclass_;
  ScoreTable table_;
};

std::vector<Scorer> scorers_of(const SplitView& id, const SplitView& ood,
                               const JointPatients& joint) {
  return {{*id.predictions, id.rows, joint.of(0), id.thresholds},
          {*ood.predictions, ood.rows, joint.of(1), ood.thresholds}};
}

std::vector<Scorer> scaled_scorers_of(const SplitView& id, const SplitView& ood,
                                      const JointPatients& joint, double temperature) {
  std::vector<Scorer> out;
  for (size_t set = 0; set < 2; ++set) {
    const auto& view = set == 0 ? id : ood;
    std::vector<int64_t> all(view.rows.size());
    std::iota(all.begin(), all.end(), int64_t{0});
    out.emplace_back(with_temperature(view, temperature), all, joint.of(set),
                     view.thresholds);
  }
  return out;
}

bool is_calibration_error(Metric metric) {
  return metric == Metric::kEce || metric == Metric::kEceAdaptive ||
         metric == Metric::kEceDebiased;
}

// What the threshold transfer and the calibration show whether asked for or not.
std::vector<Metric> with_needed(std::vector<Metric> metrics) {
  for (const auto metric : {Metric::kSensitivity, Metric::kSpecificity, Metric::kEce}) {
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
      metrics.push_back(metric);
    }
  }
  return metrics;
}

class Shift {
 public:
  Shift(const SplitView& id, const SplitView& ood, const EvaluateOptions& options,
        std::optional<double> temperature)
      : id_(id),
        ood_(ood),
        options_(options),
        temperature_(temperature),
        evaluable_(evaluable_labels(id, ood)),
        joint_({&id, &ood}),
        scores_(scorers_of(id, ood, joint_), with_needed(options.metrics), joint_,
                evaluable_, options, id.predictions->multiclass),
        prevalence_(id, joint_.of(0), ood, joint_.of(1), evaluable_.labels) {
    if (temperature) {
      scaled_.emplace(scaled_scorers_of(id, ood, joint_, *temperature),
                      std::vector{Metric::kEce}, joint_, evaluable_, options,
                      id.predictions->multiclass);
    }
    estimates_.resize(static_cast<size_t>(prevalence_.num_figures()));
    prevalence_.compute({}, estimates_);
    replicates_ =
        joint_.bootstrap(prevalence_.num_figures(), options,
                         [this](std::span<const double> counts, std::span<double> out) {
                           prevalence_.compute(counts, out);
                         });
  }

  json to_json() const {
    json out = {{"compared_with", id_.split},
                {"resampling", joint_.pairing()},
                {"labels", json::array()},
                {"excluded_labels", evaluable_.excluded},
                {"metrics", json::object()},
                {"by_label", json::object()},
                {"threshold_transfer", json::object()}};
    for (const auto metric : options_.metrics) {
      out["metrics"][name_of(metric)] = metric_json(metric, -1);
    }
    for (int64_t l = 0; l < num_labels(); ++l) {
      const auto& name = label_name(l);
      out["labels"].push_back(name);
      for (const auto metric : options_.metrics) {
        out["by_label"][name][name_of(metric)] = metric_json(metric, l);
      }
      out["threshold_transfer"][name] = transfer_json(l);
    }
    out["calibration"] = calibration_json();
    out["reweighted"] = reweighted_json();
    return out;
  }

 private:
  int64_t num_labels() const { return std::ssize(evaluable_.labels); }

  const std::string& label_name(int64_t place) const {
    const auto k = evaluable_.labels[static_cast<size_t>(place)];
    return id_.predictions->names[static_cast<size_t>(k)];
  }

  // Of one set, or of both where `view` is null.
  json value(const SplitView* view, const Figure& figure, bool bias_corrected) const {
    Interval interval{figure.estimate, kUnknown, kUnknown};
    std::string method = "none";
    if (!figure.values.empty() && !std::isnan(figure.estimate)) {
      interval = bias_corrected
                     ? statistics::reflected_interval(figure.estimate, figure.values,
                                                      view ? 0 : -kInfinite)
                     : statistics::percentile_interval(figure.estimate, figure.values);
      method =
          bias_corrected ? "bootstrap bias-corrected, reflected" : "bootstrap percentile";
    }
    if (view) {
      return value_json(interval, method, view->num_cases(), view->num_patients,
                        view->patients_are_known);
    }
    return value_json(interval, method, id_.num_cases() + ood_.num_cases(),
                      joint_.num_patients(), joint_.are_known());
  }

  json both_json(const Figure& id, const Figure& ood, bool bias_corrected) const {
    const auto difference = [](double a, double b) { return b - a; };
    const auto ratio = [](double a, double b) { return a == 0 ? kUnknown : b / a; };
    json out = {
        {"id", value(&id_, id, bias_corrected)},
        {"ood", value(&ood_, ood, bias_corrected)},
        {"difference", value(nullptr, combine(id, ood, difference), bias_corrected)},
        {"ratio", value(nullptr, combine(id, ood, ratio), bias_corrected)}};
    if (id.estimate == 0) out["ratio"]["reason"] = "the in-distribution value is 0";
    return out;
  }

  // As the split's own metrics give it.
  json auroc_json(size_t set, int64_t label) const {
    const auto& view = set == 0 ? id_ : ood_;
    const auto& scorer = scores_.scorer(set);
    const auto [interval, method] = scorer.label_auroc_interval(label);
    return value_json(interval, method, scorer.num_labeled(label), view.num_patients,
                      view.patients_are_known);
  }

  json metric_json(Metric metric, int64_t place) const {
    auto out = both_json(scores_.figure(0, metric, place),
                         scores_.figure(1, metric, place), is_calibration_error(metric));
    const bool one_label =
        num_labels() > 0 && (place >= 0 || id_.predictions->num_columns() == 1);
    if (metric == Metric::kAuroc && one_label && options_.replicates > 0) {
      const auto k = evaluable_.labels[static_cast<size_t>(std::max<int64_t>(place, 0))];
      out["id"] = auroc_json(0, k);
      out["ood"] = auroc_json(1, k);
    }
    return out;
  }

  json transfer_json(int64_t place) const {
    const auto k = static_cast<size_t>(evaluable_.labels[static_cast<size_t>(place)]);
    return {{"threshold", k < id_.thresholds.size() ? id_.thresholds[k] : 0.5},
            {"sensitivity", metric_json(Metric::kSensitivity, place)},
            {"specificity", metric_json(Metric::kSpecificity, place)}};
  }

  json calibration_json() const {
    json out = {{"ece", metric_json(Metric::kEce, -1)},
                {"temperature", nullptr},
                {"ece_at_temperature", nullptr}};
    if (scaled_) {
      out["temperature"] = *temperature_;
      out["ece_at_temperature"] = both_json(scaled_->figure(0, Metric::kEce, -1),
                                            scaled_->figure(1, Metric::kEce, -1), true);
    }
    return out;
  }

  json reweighted_json() const {
    json out = {{"metrics", json::object()},
                {"by_label", json::object()},
                {"prevalence", json::object()}};
    const auto prevalences = prevalence_.prevalences();
    for (size_t f = 0; f < PrevalenceShift::kFigures.size(); ++f) {
      const char* name = PrevalenceShift::kFigures[f];
      out["metrics"][name] = reweighted_json(f, -1);
      for (int64_t l = 0; l < num_labels(); ++l) {
        out["by_label"][label_name(l)][name] = reweighted_json(f, l);
      }
    }
    for (int64_t l = 0; l < num_labels(); ++l) {
      const auto& [id, ood] = prevalences[static_cast<size_t>(l)];
      out["prevalence"][label_name(l)] = {{"id", id}, {"ood", ood}};
    }
    return out;
  }

  json reweighted_json(size_t f, int64_t place) const {
    const bool is_ece = std::string(PrevalenceShift::kFigures[f]) == "ece";
    const auto figure = [&](PrevalenceShift::Set set) {
      const auto at = prevalence_.at(set, f, place);
      return Figure{estimates_[static_cast<size_t>(at)],
                    statistics::values_of_figure(
                        replicates_, static_cast<size_t>(prevalence_.num_figures()),
                        static_cast<size_t>(at))};
    };
    const auto id = figure(PrevalenceShift::kId);
    const auto reweighted = figure(PrevalenceShift::kReweighted);
    const auto difference = [](double a, double b) { return b - a; };
    return {{"id", value(&id_, id, is_ece)},
            {"ood", value(&ood_, figure(PrevalenceShift::kOod), is_ece)},
            {"reweighted", value(&ood_, reweighted, is_ece)},
            {"difference", value(nullptr, combine(id, reweighted, difference), is_ece)}};
  }

  const SplitView& id_;
  const SplitView& ood_;
  const EvaluateOptions& options_;
  std::optional<double> temperature_;
  EvaluableLabels evaluable_;
  JointPatients joint_;
  SetScores scores_;
  std::optional<SetScores> scaled_;  // At the temperature.
  PrevalenceShift prevalence_;
  std::vector<double> estimates_;   // Of prevalence_.
  std::vector<double> replicates_;  // [replicates, the same]
};

}  // namespace

json shift_json(const SplitView& id, const SplitView& ood, const EvaluateOptions& options,
                std::optional<double> temperature) {
  return Shift(id, ood, options, temperature).to_json();
}

}  // namespace medgraft::evaluation
