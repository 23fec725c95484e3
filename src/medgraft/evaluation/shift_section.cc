#include "medgraft/evaluation/shift_section.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/joint_patients.h"
#include "medgraft/evaluation/prevalence_shift.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Interval;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
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
      const LabelSample label(*view, view->patient_index, k);
      if (label.has_both_classes()) continue;
      if (!reason.empty()) reason += "; ";
      reason += label.sample.size() == 0
                    ? text(view->split, " has no labeled case")
                    : text(view->split, " has ", label.sample.size(),
                           label.sample.labels()[0] > 0.5 ? " cases, all positive"
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

// One set's metrics in one layout: of each metric the aggregate, then each label.
class Side {
 public:
  Side(const SplitView& view, const std::vector<int64_t>& patients,
       const std::vector<int64_t>& labels, const std::vector<Metric>& metrics,
       std::optional<double> temperature)
      : labels_(labels),
        metrics_(metrics),
        multiclass_(view.predictions->multiclass),
        scorer_(*view.predictions, view.rows, patients, view.thresholds) {
    if (!temperature) return;
    const auto scaled = with_temperature(view, *temperature);
    std::vector<int64_t> all(view.rows.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    scaled_.emplace(scaled, all, patients, view.thresholds);
  }

  // Each metric's aggregate and labels, then the ECE at the temperature.
  std::vector<double> figures(std::span<const double> counts) const {
    std::vector<double> out;
    for (const auto metric : metrics_) append(scorer_, metric, counts, out);
    if (scaled_) append(*scaled_, Metric::kEce, counts, out);
    return out;
  }

  const Scorer& scorer() const { return scorer_; }

 private:
  void append(const Scorer& scorer, Metric metric, std::span<const double> counts,
              std::vector<double>& out) const {
    const auto aggregate = out.size();
    out.push_back(kUnknown);
    double sum = 0, defined = 0;
    for (const int64_t k : labels_) {
      out.push_back(scorer.score_label(metric, k, counts));
      if (std::isnan(out.back())) continue;
      sum += out.back();
      ++defined;
    }
    if (defined > 0) out[aggregate] = sum / defined;
    // Of several classes, all but the areas are of the most probable class.
    const bool is_area = metric == Metric::kAuroc || metric == Metric::kAuprc;
    if (multiclass_ && !is_area) out[aggregate] = scorer.score(metric, counts);
  }

  const std::vector<int64_t>& labels_;
  const std::vector<Metric>& metrics_;
  bool multiclass_;
  Scorer scorer_;
  std::optional<Scorer> scaled_;
};

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
        metrics_(with_needed(options.metrics)),
        joint_({&id, &ood}),
        id_side_(id, joint_.of(0), evaluable_.labels, metrics_, temperature),
        ood_side_(ood, joint_.of(1), evaluable_.labels, metrics_, temperature),
        prevalence_(id, joint_.of(0), ood, joint_.of(1), evaluable_.labels) {
    estimates_.resize(static_cast<size_t>(num_figures()));
    compute({}, estimates_);
    replicates_ =
        joint_.bootstrap(num_figures(), options,
                         [this](std::span<const double> counts, std::span<double> out) {
                           compute(counts, out);
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
    for (size_t m = 0; m < options_.metrics.size(); ++m) {
      out["metrics"][name_of(metrics_[m])] = metric_json(m, -1);
    }
    for (int64_t l = 0; l < num_labels(); ++l) {
      const auto& name = label_name(l);
      out["labels"].push_back(name);
      for (size_t m = 0; m < options_.metrics.size(); ++m) {
        out["by_label"][name][name_of(metrics_[m])] = metric_json(m, l);
      }
      out["threshold_transfer"][name] = transfer_json(l);
    }
    out["calibration"] = {
        {"ece", metric_json(place_of(Metric::kEce), -1)},
        {"temperature", temperature_ ? json(*temperature_) : json()},
        {"ece_at_temperature", temperature_ ? metric_json(metrics_.size(), -1) : json()}};
    out["reweighted"] = reweighted_json();
    return out;
  }

 private:
  int64_t num_labels() const { return std::ssize(evaluable_.labels); }
  int64_t side_figures() const {
    return (std::ssize(metrics_) + (temperature_ ? 1 : 0)) * (1 + num_labels());
  }
  int64_t num_figures() const { return 2 * side_figures() + prevalence_.num_figures(); }

  const std::string& label_name(int64_t place) const {
    const auto k = evaluable_.labels[static_cast<size_t>(place)];
    return id_.predictions->names[static_cast<size_t>(k)];
  }

  size_t place_of(Metric metric) const {
    return static_cast<size_t>(std::find(metrics_.begin(), metrics_.end(), metric) -
                               metrics_.begin());
  }

  void compute(std::span<const double> counts, std::span<double> out) const {
    auto at = out.begin();
    for (const auto* side : {&id_side_, &ood_side_}) {
      const auto figures = side->figures(counts);
      at = std::copy(figures.begin(), figures.end(), at);
    }
    prevalence_.compute(counts, out.subspan(static_cast<size_t>(2 * side_figures())));
  }

  double estimate(int64_t figure) const {
    return estimates_[static_cast<size_t>(figure)];
  }

  std::vector<double> column(int64_t figure) const {
    return bootstrap_column(replicates_, num_figures(), figure);
  }

  json bootstrap_value(double value, std::vector<double> values, bool bias_corrected,
                       int64_t cases, int64_t patients, bool known) const {
    Interval interval{value, kUnknown, kUnknown};
    std::string method = "none";
    if (!values.empty() && !std::isnan(value)) {
      interval = bias_corrected
                     ? statistics::bias_corrected_interval(value, std::move(values))
                     : statistics::percentile_interval(value, std::move(values));
      method = bias_corrected ? "bootstrap bias-corrected" : "bootstrap percentile";
    }
    return value_json(interval, method, cases, patients, known);
  }

  json of_id(int64_t figure, bool bias_corrected) const {
    return bootstrap_value(estimate(figure), column(figure), bias_corrected,
                           id_.num_cases(), id_.num_patients, id_.patients_are_known);
  }

  json of_ood(int64_t figure, bool bias_corrected) const {
    return bootstrap_value(estimate(figure), column(figure), bias_corrected,
                           ood_.num_cases(), ood_.num_patients, ood_.patients_are_known);
  }

  // A figure of both sets, `change` of them and its interval.
  template <class Change>
  json of_both(int64_t id, int64_t ood, bool bias_corrected, const Change& change) const {
    auto values = column(id);
    const auto others = column(ood);
    for (size_t b = 0; b < values.size(); ++b) values[b] = change(values[b], others[b]);
    return bootstrap_value(change(estimate(id), estimate(ood)), std::move(values),
                           bias_corrected, id_.num_cases() + ood_.num_cases(),
                           joint_.num_patients(), joint_.are_known());
  }

  json both_json(int64_t id, int64_t ood, bool bias_corrected) const {
    const auto difference = [](double a, double b) { return b - a; };
    const auto ratio = [](double a, double b) { return a == 0 ? kUnknown : b / a; };
    json out = {{"id", of_id(id, bias_corrected)},
                {"ood", of_ood(ood, bias_corrected)},
                {"difference", of_both(id, ood, bias_corrected, difference)},
                {"ratio", of_both(id, ood, bias_corrected, ratio)}};
    if (estimate(id) == 0) out["ratio"]["reason"] = "the in-distribution value is 0";
    return out;
  }

  // As the split's own metrics give it.
  static json auroc_json(const SplitView& view, const Scorer& scorer, int64_t label) {
    const auto interval = scorer.label_auroc_interval(label);
    const bool is_bound = interval.value == 0 || interval.value == 1;
    return value_json(interval,
                      is_bound                         ? "one-sided exact bound"
                      : scorer.patients_are_distinct() ? "delong logit"
                                                       : "obuchowski logit",
                      scorer.num_labeled(label), view.num_patients,
                      view.patients_are_known);
  }

  json metric_json(size_t m, int64_t place) const {
    const bool is_ece = m >= metrics_.size() || is_calibration_error(metrics_[m]);
    const auto figure = static_cast<int64_t>(m) * (1 + num_labels()) + 1 + place;
    auto out = both_json(figure, side_figures() + figure, is_ece);
    const bool one_label =
        num_labels() > 0 && (place >= 0 || id_.predictions->num_columns() == 1);
    if (m < metrics_.size() && metrics_[m] == Metric::kAuroc && one_label &&
        options_.replicates > 0) {
      const auto k = evaluable_.labels[static_cast<size_t>(std::max<int64_t>(place, 0))];
      out["id"] = auroc_json(id_, id_side_.scorer(), k);
      out["ood"] = auroc_json(ood_, ood_side_.scorer(), k);
    }
    return out;
  }

  json transfer_json(int64_t place) const {
    const auto k = static_cast<size_t>(evaluable_.labels[static_cast<size_t>(place)]);
    return {{"threshold", k < id_.thresholds.size() ? id_.thresholds[k] : 0.5},
            {"sensitivity", metric_json(place_of(Metric::kSensitivity), place)},
            {"specificity", metric_json(place_of(Metric::kSpecificity), place)}};
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
      return 2 * side_figures() + prevalence_.at(set, f, place);
    };
    const auto id = figure(PrevalenceShift::kId);
    const auto reweighted = figure(PrevalenceShift::kReweighted);
    return {{"id", of_id(id, is_ece)},
            {"ood", of_ood(figure(PrevalenceShift::kOod), is_ece)},
            {"reweighted", of_ood(reweighted, is_ece)},
            {"difference",
             of_both(id, reweighted, is_ece, [](double a, double b) { return b - a; })}};
  }

  const SplitView& id_;
  const SplitView& ood_;
  const EvaluateOptions& options_;
  std::optional<double> temperature_;
  EvaluableLabels evaluable_;
  std::vector<Metric> metrics_;  // Those asked for, then those needed besides.
  JointPatients joint_;
  Side id_side_, ood_side_;
  PrevalenceShift prevalence_;
  std::vector<double> estimates_;   // [side, side, prevalence]
  std::vector<double> replicates_;  // [replicates, the same]
};

}  // namespace

json shift_json(const SplitView& id, const SplitView& ood, const EvaluateOptions& options,
                std::optional<double> temperature) {
  return Shift(id, ood, options, temperature).to_json();
}

}  // namespace medgraft::evaluation
