#include "medgraft/evaluation/data_efficiency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/censored_json.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/value_json.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr double kAllData = 1;

// All runs over one numbering of patients, in the order of arms, fractions and seeds.
struct AllRuns {
  std::vector<Scorer> scorers;
  AlignedRows aligned;
};

AllRuns align_runs(const std::vector<LearningCurve>& arms) {
  std::vector<const Predictions*> files;
  std::vector<std::vector<double>> thresholds;
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::string> names;
  for (const auto& arm : arms) {
    for (const auto& [fraction, seeds] : arm.seeds) {
      for (const auto& [predictions, own_thresholds] : seeds) {
        auto& own = rows.emplace_back(static_cast<size_t>(predictions->num_cases()));
        std::iota(own.begin(), own.end(), int64_t{0});
        files.push_back(predictions);
        thresholds.push_back(own_thresholds);
        names.push_back(text("a run of ", arm.arm, " at fraction ", fraction));
      }
    }
  }
  AllRuns out;
  out.aligned = align(files, rows, names);
  for (size_t f = 0; f < files.size(); ++f) {
    out.scorers.emplace_back(*files[f], out.aligned.rows[f], out.aligned.patient_index,
                             thresholds[f]);
  }
  return out;
}

// The scores of every run, by arm and fraction.
using CurveScores = std::map<double, statistics::SeedScores>;

std::map<std::string, CurveScores> score_all(const std::vector<LearningCurve>& arms,
                                             const AllRuns& runs, Metric metric,
                                             const CellOptions& options) {
  ScoreRequest request{{}, {metric}, runs.aligned.num_patients, options.threads};
  for (const auto& scorer : runs.scorers) request.scorers.push_back(&scorer);
  const auto table = resample_scores(request, options.replicates, options.seed);
  std::map<std::string, CurveScores> out;
  size_t first = 0;
  for (const auto& arm : arms) {
    for (const auto& [fraction, seeds] : arm.seeds) {
      if (seeds.empty()) continue;
      auto& scores = out[arm.arm][fraction];
      for (size_t s = first; s < first + seeds.size(); ++s) {
        scores.observed.push_back(runs.scorers[s].score(metric, {}));
      }
      for (int64_t b = 0; b < options.replicates; ++b) {
        for (size_t s = first; s < first + seeds.size(); ++s) {
          scores.replicates.push_back(table.at(b, s, 0));
        }
      }
      first += seeds.size();
    }
  }
  return out;
}

void find(const CurveScores& curve, const CurveScores* baseline, Metric metric,
          uint64_t seed, ArmEfficiency& out) {
  if (!baseline || !baseline->contains(kAllData)) {
    out.reason = "the baseline has no finished run with all training patients";
    return;
  }
  statistics::EfficiencyCells cells;
  for (const auto& [fraction, scores] : curve) {
    cells.fractions.push_back(fraction);
    cells.curve.push_back(&scores);
    out.num_seeds.push_back(scores.num_seeds());
  }
  for (const auto& [_, scores] : *baseline) cells.baseline_curve.push_back(&scores);
  cells.target = &baseline->at(kAllData);
  cells.higher_is_better = higher_is_better(metric);
  out.found = statistics::data_efficiency(cells, seed);
  if (std::isnan(out.found.fraction_to_reach.value.value)) {
    out.reason = "the metric is undefined: one class only, or no labeled case";
  }
}

}  // namespace

std::vector<ArmEfficiency> data_efficiency(const std::vector<LearningCurve>& arms,
                                           const std::string& baseline, Metric metric,
                                           const CellOptions& options) {
  const auto has_curve = [](const LearningCurve& arm) {
    return std::count_if(arm.seeds.begin(), arm.seeds.end(),
                         [](const auto& entry) { return !entry.second.empty(); }) >= 2;
  };
  if (std::none_of(arms.begin(), arms.end(), has_curve)) return {};
  const auto runs = align_runs(arms);
  const auto scores = score_all(arms, runs, metric, options);
  const auto of_baseline = scores.find(baseline);
  std::vector<ArmEfficiency> out;
  for (const auto& arm : arms) {
    if (!has_curve(arm)) continue;
    auto& entry = out.emplace_back();
    entry.arm = arm.arm;
    entry.baseline = baseline;
    entry.metric = name_of(metric);
    entry.num_cases = runs.scorers.front().num_cases();
    entry.num_patients = runs.aligned.num_patients;
    entry.patients_are_known = runs.aligned.patients_are_known;
    find(scores.at(arm.arm), of_baseline == scores.end() ? nullptr : &of_baseline->second,
         metric, options.seed, entry);
  }
  return out;
}

json data_efficiency_json(const ArmEfficiency& entry) {
  const auto ends = [](const statistics::Interval& interval) -> json {
    return {{"value", number_json(interval.value)},
            {"ci_low", number_json(interval.low)},
            {"ci_high", number_json(interval.high)}};
  };
  auto curve = json::array();
  for (size_t i = 0; i < entry.found.points.size(); ++i) {
    auto point = ends(entry.found.points[i].fitted);
    point["fraction"] = entry.found.points[i].fraction;
    point["observed"] = number_json(entry.found.points[i].observed);
    point["n_seeds"] = entry.num_seeds[i];
    curve.push_back(std::move(point));
  }
  json out = {{"arm", entry.arm},
              {"baseline", entry.baseline},
              {"metric", entry.metric},
              {"curve", curve},
              {"target", ends(entry.found.target)},
              {"fraction_to_reach", censored_json(entry.found.fraction_to_reach)},
              {"n_cases", entry.num_cases},
              {"n_patients", entry.num_patients},
              {"method", entry.found.num_seed_degrees > 0
                             ? "isotonic fit, bootstrap of patients and seeds"
                             : "isotonic fit, bootstrap of patients; one seed"},
              {"undefined_replicates", entry.found.num_undefined},
              {"reason", entry.reason.empty() ? json() : json(entry.reason)}};
  if (!entry.patients_are_known) out["clustering"] = "unknown";
  return out;
}

}  // namespace medgraft::evaluation
