#include "medgraft/evaluation/discrimination_section.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/curve_band.h"
#include "medgraft/statistics/curve_sample.h"
#include "medgraft/statistics/partial_auroc.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::BandPoint;
using statistics::CurveFigures;
using statistics::CurveSample;
using statistics::Interval;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kSteps = 100;

// One label: its cases, their curves, and where its figures lie in the replicates.
struct Curves {
  std::string name;
  int64_t cases = 0, positives = 0, patients = 0;
  CurveSample sample;
  std::vector<double> estimate;  ///< [CurveFigures::kSize]
  size_t first_column = 0;
};

Curves curves_of(const SplitView& view, size_t label) {
  const auto items = label_column(view, label);
  Curves out{
      view.predictions->names[label],
      items.num_cases(),
      items.num_positives(),
      items.num_patients(),
      CurveSample(items.probabilities, items.labels, items.patients, view.num_patients),
      std::vector<double>(CurveFigures::kSize),
      label * CurveFigures::kSize};
  out.sample.trace(std::vector<float>(static_cast<size_t>(view.num_patients), 1),
                   out.estimate);
  return out;
}

std::vector<double> replicates_of(const SplitView& view, const EvaluateOptions& options,
                                  const std::vector<Curves>& labels) {
  if (options.replicates == 0) return {};
  return statistics::bootstrap(
      view.num_patients, options.replicates,
      static_cast<int64_t>(labels.size() * CurveFigures::kSize), options.seed,
      options.threads, [&](std::span<const double> counts, std::span<double> figures) {
        const std::vector<float> patient_counts(counts.begin(), counts.end());
        for (const auto& label : labels) {
          label.sample.trace(patient_counts,
                             figures.subspan(label.first_column, CurveFigures::kSize));
        }
      });
}

// The replicates' matrix, of all labels.
struct Replicates {
  std::vector<double> values;
  size_t stride = 0;

  statistics::CurveReplicates curve(size_t first) const {
    return {values, stride, first};
  }
  std::vector<double> column(size_t place) const {
    return statistics::values_of_figure(values, stride, place);
  }
};

json point_json(const char* x_name, double x, const char* y_name,
                const BandPoint& point) {
  return {{x_name, x},
          {y_name, number_json(point.value)},
          {"ci_low", number_json(point.ci_low)},
          {"ci_high", number_json(point.ci_high)},
          {"band_low", number_json(point.band_low)},
          {"band_high", number_json(point.band_high)}};
}

// A curve that rises and keeps below a limit also keeps below the limits to its right,
// and above those to its left; no narrower than a point's own interval.
void narrow_to_rising(std::vector<BandPoint>& band) {
  for (size_t i = band.size() - 1; i-- > 0;) {
    band[i].band_high =
        std::max(band[i].ci_high, std::min(band[i].band_high, band[i + 1].band_high));
  }
  for (size_t i = 1; i < band.size(); ++i) {
    band[i].band_low =
        std::min(band[i].ci_low, std::max(band[i].band_low, band[i - 1].band_low));
  }
}

// The ends are known: an FPR of 0 allows any TPR down to 0, one of 1 has TPR 1.
json roc_json(const Curves& label, const Replicates& replicates) {
  const size_t inner = statistics::kRocPoints - 2, first = CurveFigures::kTpr + 1;
  auto band = statistics::curve_band(
      std::span(label.estimate).subspan(first, inner),
      std::vector<double>(inner, label.sample.num_positives()),
      label.sample.patients_per_positive(), replicates.curve(label.first_column + first));
  const bool has_limits = !std::isnan(band[0].ci_low);
  if (has_limits) narrow_to_rising(band);
  const double low = has_limits ? 0 : kUndefined, high = has_limits ? 1 : kUndefined;
  band.insert(band.begin(), {label.estimate[CurveFigures::kTpr], low, band[0].ci_high,
                             low, band[0].band_high});
  band.push_back({1, high, high, high, high});
  json out = json::array();
  for (size_t i = 0; i < band.size(); ++i) {
    out.push_back(point_json("fpr", static_cast<double>(i) / kSteps, "tpr", band[i]));
  }
  return out;
}

json pr_json(const Curves& label, const Replicates& replicates) {
  const auto precision =
      std::span(label.estimate).subspan(CurveFigures::kPrecision, statistics::kPrPoints);
  std::vector<double> called;  // Cases called positive where a recall is reached.
  for (size_t i = 0; i < precision.size(); ++i) {
    called.push_back(static_cast<double>(i + 1) / kSteps * label.sample.num_positives() /
                     precision[i]);
  }
  const auto band = statistics::curve_band(
      precision, called, label.sample.patients_per_case(),
      replicates.curve(label.first_column + CurveFigures::kPrecision));
  json out = json::array();
  for (size_t i = 0; i < band.size(); ++i) {
    out.push_back(
        point_json("recall", static_cast<double>(i + 1) / kSteps, "precision", band[i]));
  }
  return out;
}

json area_json(const Curves& label, const Replicates& replicates, size_t figure,
               double width, const SplitView& view) {
  const double area = label.estimate[figure];
  Interval interval{area, kUndefined, kUndefined};
  if (replicates.stride > 0 && !std::isnan(area)) {
    interval = statistics::percentile_interval(
        area, replicates.column(label.first_column + figure));
  }
  if (width > 0) {  // To be scaled; monotone, so the limits too.
    for (double* end : {&interval.value, &interval.low, &interval.high}) {
      *end = statistics::standardize_partial_area(*end, width);
    }
  }
  return value_json(interval, replicates.stride > 0 ? "bootstrap percentile" : "none",
                    label.cases, label.patients, view.patients_are_known);
}

json label_json(const Curves& label, const Replicates& replicates,
                const SplitView& view) {
  const bool defined = label.positives > 0 && label.positives < label.cases;
  json out = {{"n_positive", label.positives},
              {"n_negative", label.cases - label.positives},
              {"reason", nullptr},
              {"roc", json::array()},
              {"pr", json::array()}};
  if (defined) {
    out["roc"] = roc_json(label, replicates);
    out["pr"] = pr_json(label, replicates);
  } else {
    out["reason"] = "one class only, or no labeled case";
  }
  const std::pair<const char*, std::pair<size_t, double>> areas[] = {
      {"fpr<=0.1", {CurveFigures::kAreaOfFpr, statistics::kMaxFpr}},
      {"tpr>=0.9", {CurveFigures::kAreaOfTpr, 1 - statistics::kMinTpr}}};
  for (const auto& [name, area] : areas) {
    out["partial_auroc"][name] =
        area_json(label, replicates, area.first, area.second, view);
    out["partial_area"][name] = area_json(label, replicates, area.first, 0, view);
  }
  return out;
}

}  // namespace

json discrimination_json(const SplitView& view, const EvaluateOptions& options) {
  std::vector<Curves> labels;
  for (int64_t k = 0; k < view.predictions->num_columns(); ++k) {
    labels.push_back(curves_of(view, static_cast<size_t>(k)));
  }
  Replicates replicates;
  replicates.values = replicates_of(view, options, labels);
  if (options.replicates > 0) replicates.stride = labels.size() * CurveFigures::kSize;
  json out = json::object();
  for (const auto& label : labels) out[label.name] = label_json(label, replicates, view);
  return out;
}

}  // namespace medgraft::evaluation
