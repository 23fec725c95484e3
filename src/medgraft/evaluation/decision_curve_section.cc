#include "medgraft/evaluation/decision_curve_section.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/net_benefit.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::DecisionCurve;

constexpr size_t kPoints = 50;
constexpr size_t kAtOnce = 16;  // Labels whose replicates are held in memory.
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::vector<double> thresholds() {
  std::vector<double> out;
  for (size_t i = 0; i < kPoints; ++i) {
    out.push_back(static_cast<double>(2 * i + 1) / 100);
  }
  return out;
}

// One label's curve and the patient of each of its cases.
struct LabelCurve {
  DecisionCurve curve;
  std::vector<int64_t> patients;

  void fill(std::span<const double> counts, std::span<double> out) const {
    std::vector<double> weights;
    for (const int64_t patient : patients) {
      weights.push_back(counts[static_cast<size_t>(patient)]);
    }
    curve.net_benefit(weights, out);
  }
};

json curve_json(const LabelCurve& label, size_t place, std::span<const double> replicates,
                size_t stride) {
  std::vector<double> observed(kPoints);
  label.curve.net_benefit({}, observed);
  const auto treat_all = label.curve.treat_all();
  json out = json::array();
  for (size_t t = 0; t < kPoints && !label.patients.empty(); ++t) {
    auto values = statistics::values_of_figure(replicates, stride, place * kPoints + t);
    const auto interval =
        values.empty() ? statistics::Interval{observed[t], kUnknown, kUnknown}
                       : statistics::percentile_interval(observed[t], std::move(values));
    out.push_back({{"threshold", label.curve.thresholds()[t]},
                   {"model", observed[t]},
                   {"ci_low", number_json(interval.low)},
                   {"ci_high", number_json(interval.high)},
                   {"treat_all", treat_all[t]}});
  }
  return out;
}

}  // namespace

json decision_curve_json(const SplitView& view, const EvaluateOptions& options) {
  const auto& names = view.predictions->names;
  json out = json::object();
  for (size_t first = 0; first < names.size(); first += kAtOnce) {
    const size_t last = std::min(first + kAtOnce, names.size());
    std::vector<LabelCurve> curves;
    for (size_t k = first; k < last; ++k) {
      auto cases = label_column(view, k);
      curves.push_back(
          {{cases.probabilities, cases.labels, thresholds()}, std::move(cases.patients)});
    }
    const size_t stride = curves.size() * kPoints;
    const auto replicates = statistics::bootstrap(
        view.num_patients, options.replicates, static_cast<int64_t>(stride), options.seed,
        options.threads, [&](std::span<const double> counts, std::span<double> values) {
          for (size_t i = 0; i < curves.size(); ++i) {
            curves[i].fill(counts, values.subspan(i * kPoints, kPoints));
          }
        });
    for (size_t i = 0; i < curves.size(); ++i) {
      out[names[first + i]] = curve_json(curves[i], i, replicates, stride);
    }
  }
  return out;
}

}  // namespace medgraft::evaluation
