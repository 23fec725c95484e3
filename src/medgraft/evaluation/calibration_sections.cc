#include "medgraft/evaluation/calibration_sections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/calibration.h"
#include "medgraft/statistics/logistic_recalibration.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::BinMoments;
using statistics::Interval;
using statistics::LabelColumn;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// A figure of binned predictions; those that sampling noise alone makes larger have the
// bias-corrected interval.
struct Figure {
  const char* name;
  bool is_biased;
};
constexpr Figure kFigures[] = {
    {"mce", true},
    {"brier_reliability", true},
    {"brier_resolution", true},
    {"brier_uncertainty", false},
    {"brier_within_bin_variance", false},
    {"brier_within_bin_covariance", false},
    {"expected_observed_ratio", false},
    {"classwise_ece", true},  // Of several classes alone.
};
constexpr size_t kNumFigures = std::size(kFigures);
constexpr size_t kMce = 0, kRatio = 6, kClasswise = 7;

using Values = std::array<double, kNumFigures>;

Values figures_of(std::span<const BinMoments> bins) {
  const auto parts = statistics::brier_parts(bins);
  return {statistics::maximum_calibration_error(bins),
          parts.reliability,
          parts.resolution,
          parts.uncertainty,
          parts.within_bin_variance,
          parts.within_bin_covariance,
          statistics::expected_observed_ratio(bins),
          statistics::calibration_error(bins)};
}

// Prepared columns of a split, of which every figure is a function of patient counts.
class Sample {
 public:
  explicit Sample(const SplitView& view) : multiclass_(view.predictions->multiclass) {
    for (const auto& column : label_columns(view)) binned_.emplace_back(column);
    if (multiclass_) top_.emplace_back(top_column(view));
  }

  size_t num_labels() const { return binned_.size(); }
  /// The number of figures: of the aggregate, then of each label.
  size_t num_figures() const { return kNumFigures * (1 + num_labels()); }

  void fill(std::span<const double> patient_counts, std::span<double> out) const {
    std::vector<Values> of_labels;
    for (const auto& sample : binned_) {
      of_labels.push_back(figures_of(sample.bins(patient_counts)));
    }
    auto aggregate = average(of_labels);
    if (multiclass_) {
      aggregate[kMce] =
          statistics::maximum_calibration_error(top_[0].bins(patient_counts));
    }
    std::copy(aggregate.begin(), aggregate.end(), out.begin());
    for (size_t k = 0; k < of_labels.size(); ++k) {
      std::copy(of_labels[k].begin(), of_labels[k].end(),
                out.begin() + static_cast<std::ptrdiff_t>((1 + k) * kNumFigures));
    }
  }

 private:
  // The mean over labels where it is defined; the parts of the Brier score of several
  // classes are sums, as that score is.
  Values average(const std::vector<Values>& of_labels) const {
    Values out{};
    for (size_t f = 0; f < kNumFigures; ++f) {
      double sum = 0, count = 0;
      for (const auto& values : of_labels) {
        if (std::isnan(values[f])) continue;
        sum += values[f];
        ++count;
      }
      const bool is_sum = multiclass_ && f > kMce && f < kRatio;
      out[f] = count == 0 ? kUndefined : is_sum ? sum : sum / count;
    }
    return out;
  }

  bool multiclass_;
  std::vector<statistics::BinnedSample> binned_;
  std::vector<statistics::BinnedSample> top_;  ///< One where multi-class.
};

json bins_json(const std::vector<statistics::ReliabilityBin>& bins) {
  json out = json::array();
  for (const auto& bin : bins) {
    out.push_back({{"low", number_json(bin.low)},
                   {"high", number_json(bin.high)},
                   {"n_cases", bin.num_cases},
                   {"probability", number_json(bin.probability)},
                   {"rate", number_json(bin.rate)},
                   {"ci_low", number_json(bin.rate_low)},
                   {"ci_high", number_json(bin.rate_high)}});
  }
  return out;
}

json curve_json(const json& label, const LabelColumn& column) {
  const auto& p = column.probabilities;
  const auto width = statistics::equal_width_assignment(p);
  const auto mass = statistics::equal_mass_assignment(p);
  return {
      {"label", label},
      {"bins", bins_json(statistics::reliability_bins(column, width, true))},
      {"bins_equal_mass", bins_json(statistics::reliability_bins(column, mass, false))}};
}

void add_binned_figures(json& out, std::span<const Interval> intervals, bool multiclass,
                        int64_t cases, const SplitView& view) {
  for (size_t f = 0; f < kNumFigures; ++f) {
    if (f == kClasswise && !multiclass) continue;
    const char* method = std::isnan(intervals[f].low) ? "none"
                         : kFigures[f].is_biased ? "bootstrap bias-corrected, reflected"
                                                 : "bootstrap percentile";
    out[kFigures[f].name] = value_json(
        intervals[f], method, cases, view.num_patients, view.patients_are_known,
        f == kRatio && cases > 0 ? "no positive case" : "no labeled case");
  }
}

std::vector<Interval> binned_intervals(const Sample& sample, const SplitView& view,
                                       const EvaluateOptions& options) {
  const size_t figures = sample.num_figures();
  std::vector<double> estimates(figures);
  sample.fill({}, estimates);
  const auto values = statistics::bootstrap(
      view.num_patients, options.replicates, static_cast<int64_t>(figures), options.seed,
      options.threads, [&](std::span<const double> counts, std::span<double> out) {
        sample.fill(counts, out);
      });
  std::vector<Interval> intervals;
  for (size_t f = 0; f < figures; ++f) {
    if (values.empty() || std::isnan(estimates[f])) {
      intervals.push_back({estimates[f], kUndefined, kUndefined});
      continue;
    }
    auto of_figure = statistics::values_of_figure(values, figures, f);
    intervals.push_back(
        kFigures[f % kNumFigures].is_biased
            ? statistics::reflected_interval(estimates[f], std::move(of_figure), 0)
            : statistics::percentile_interval(estimates[f], std::move(of_figure)));
  }
  return intervals;
}

json robust_json(const statistics::RobustEstimate& estimate, int64_t cases,
                 const SplitView& view, const EvaluateOptions& options) {
  auto interval = statistics::robust_interval(estimate);
  if (options.replicates == 0) interval.low = interval.high = kUndefined;
  return value_json(interval,
                    std::isnan(interval.low) ? "none" : "sandwich over patients", cases,
                    view.num_patients, view.patients_are_known, estimate.reason);
}

}  // namespace

json reliability_json(const SplitView& view) {
  json out = json::array();
  if (view.predictions->multiclass) out.push_back(curve_json(nullptr, top_column(view)));
  const auto columns = label_columns(view);
  for (size_t k = 0; k < columns.size(); ++k) {
    out.push_back(curve_json(view.predictions->names[k], columns[k]));
  }
  return out;
}

json calibration_json(const SplitView& view, const EvaluateOptions& options) {
  const auto columns = label_columns(view);
  const auto intervals = binned_intervals(Sample(view), view, options);
  std::vector<statistics::RobustEstimate> slopes, intercepts;
  for (const auto& column : columns) {
    slopes.push_back(statistics::calibration_slope(column, view.num_patients));
    intercepts.push_back(statistics::calibration_intercept(column, view.num_patients));
  }
  json out = {{"labels", json::object()}};
  const auto add = [&](json& to, size_t place, int64_t cases, const auto& slope,
                       const auto& intercept) {
    add_binned_figures(to, std::span(intervals).subspan(place * kNumFigures, kNumFigures),
                       place == 0 && view.predictions->multiclass, cases, view);
    to["slope"] = robust_json(slope, cases, view, options);
    to["intercept"] = robust_json(intercept, cases, view, options);
  };
  add(out, 0, view.num_cases(), statistics::mean_estimate(slopes),
      statistics::mean_estimate(intercepts));
  for (size_t k = 0; k < columns.size(); ++k) {
    add(out["labels"][view.predictions->names[k]], 1 + k, columns[k].num_cases(),
        slopes[k], intercepts[k]);
  }
  return out;
}

}  // namespace medgraft::evaluation
