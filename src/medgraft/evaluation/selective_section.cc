#include "medgraft/evaluation/selective_section.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/number.h"
#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/selective.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Interval;
using statistics::SelectiveSample;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kNumFigures = 2 + statistics::kCoverages.size();

// Replicates of unequal patients can have more cases than the split.
statistics::HarmonicSums sums_for(const std::vector<SelectiveSample>& samples) {
  size_t longest = 0;
  for (const auto& sample : samples) longest = std::max(longest, sample.size());
  return statistics::HarmonicSums(longest + longest / 4 + 1024);
}

std::vector<SelectiveSample> samples_of(const SplitView& view) {
  std::vector<SelectiveSample> samples;
  if (view.predictions->multiclass) {
    const auto top = top_column(view);
    std::vector<double> errors;
    for (const double right : top.labels) errors.push_back(1 - right);
    samples.emplace_back(top.probabilities, errors, top.patients);
    return samples;
  }
  for (const auto& column : label_columns(view)) {
    samples.push_back(SelectiveSample::of(column));
  }
  return samples;
}

// Of the mean over samples, then of each sample.
void fill_figures(const std::vector<SelectiveSample>& samples,
                  const statistics::HarmonicSums& sums, std::span<const double> counts,
                  std::span<double> out) {
  for (size_t s = 0; s < samples.size(); ++s) {
    const auto figures = samples[s].score(sums, counts);
    double* at = &out[(1 + s) * kNumFigures];
    at[0] = figures.aurc;
    at[1] = figures.e_aurc;
    std::copy(figures.accuracy_at.begin(), figures.accuracy_at.end(), at + 2);
  }
  for (size_t f = 0; f < kNumFigures; ++f) {
    double sum = 0, count = 0;
    for (size_t s = 0; s < samples.size(); ++s) {
      const double value = out[(1 + s) * kNumFigures + f];
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    out[f] = count > 0 ? sum / count : kUndefined;
  }
}

std::vector<Interval> intervals_of(const std::vector<SelectiveSample>& samples,
                                   const SplitView& view,
                                   const EvaluateOptions& options) {
  const size_t figures = kNumFigures * (1 + samples.size());
  const auto sums = sums_for(samples);
  std::vector<double> estimates(figures);
  fill_figures(samples, sums, {}, estimates);
  const auto values = statistics::bootstrap(
      view.num_patients, options.replicates, static_cast<int64_t>(figures), options.seed,
      options.threads, [&](std::span<const double> counts, std::span<double> out) {
        fill_figures(samples, sums, counts, out);
      });
  std::vector<Interval> intervals;
  for (size_t f = 0; f < figures; ++f) {
    intervals.push_back(
        values.empty() || std::isnan(estimates[f])
            ? Interval{estimates[f], kUndefined, kUndefined}
            : statistics::percentile_interval(
                  estimates[f], statistics::values_of_figure(values, figures, f)));
  }
  return intervals;
}

json figures_json(std::span<const Interval> intervals, int64_t cases,
                  const SplitView& view) {
  const auto value = [&](size_t f) {
    return value_json(
        intervals[f], std::isnan(intervals[f].low) ? "none" : "bootstrap percentile",
        cases, view.num_patients, view.patients_are_known, "no labeled case");
  };
  json out = {
      {"aurc", value(0)}, {"e_aurc", value(1)}, {"accuracy_at_coverage", json::object()}};
  for (size_t c = 0; c < statistics::kCoverages.size(); ++c) {
    const auto coverage = format_number(statistics::kCoverages[c] / 100.0);
    out["accuracy_at_coverage"][coverage] = value(2 + c);
  }
  return out;
}

// At most 100 points, every case of a small sample.
json curve_json(const std::vector<SelectiveSample>& samples) {
  constexpr size_t kMaxPoints = 100;
  size_t longest = 0;
  for (const auto& sample : samples) longest = std::max(longest, sample.size());
  const size_t points = std::min(longest, kMaxPoints);
  json curve = json::array();
  for (size_t j = 1; j <= points; ++j) {
    double sum = 0, count = 0;
    for (const auto& sample : samples) {
      if (sample.size() == 0) continue;
      sum += sample.risk_at((j * sample.size() + points - 1) / points);
      ++count;
    }
    curve.push_back({{"coverage", static_cast<double>(j) / static_cast<double>(points)},
                     {"risk", sum / count}});
  }
  return curve;
}

}  // namespace

json selective_json(const SplitView& view, const EvaluateOptions& options) {
  const auto samples = samples_of(view);
  const auto intervals = intervals_of(samples, view, options);
  const auto part = [&](size_t place) {
    return std::span(intervals).subspan(place * kNumFigures, kNumFigures);
  };
  auto out = figures_json(part(0), view.num_cases(), view);
  out["curve"] = curve_json(samples);
  out["labels"] = json::object();
  for (size_t k = 0; k < samples.size() && samples.size() > 1; ++k) {
    out["labels"][view.predictions->names[k]] =
        figures_json(part(1 + k), static_cast<int64_t>(samples[k].size()), view);
  }
  return out;
}

}  // namespace medgraft::evaluation
