#include "medgraft/evaluation/cells.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/verdict.h"

namespace medgraft::evaluation {
namespace {

// Seeds' scorers over one shared numbering of patients.
struct Prepared {
  std::vector<Scorer> a, b;
  AlignedRows aligned;
};

Prepared prepare(const std::vector<ScoredRun>& a, const std::vector<ScoredRun>& b) {
  require(!a.empty(), "an arm without runs has no figures");
  auto runs = a;
  runs.insert(runs.end(), b.begin(), b.end());
  std::vector<const Predictions*> files;
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::string> names;
  for (const auto& run : runs) {
    files.push_back(run.predictions);
    auto& own = rows.emplace_back(static_cast<size_t>(run.predictions->num_cases()));
    std::iota(own.begin(), own.end(), int64_t{0});
    names.push_back(text("run ", files.size()));
  }
  Prepared out;
  out.aligned = align(files, rows, names);
  for (size_t f = 0; f < files.size(); ++f) {
    (f < a.size() ? out.a : out.b)
        .emplace_back(*files[f], out.aligned.rows[f], out.aligned.patient_index,
                      runs[f].thresholds);
  }
  return out;
}

// Both arms' figures in all patients and in each resample; b may be empty.
std::pair<statistics::ArmScores, statistics::ArmScores> resample(
    const Prepared& prepared, Metric metric, const CellOptions& options) {
  ScoreRequest request{{}, {metric}, prepared.aligned.num_patients, options.threads};
  for (const auto* arm : {&prepared.a, &prepared.b}) {
    for (const auto& seed : *arm) request.scorers.push_back(&seed);
  }
  const auto table = resample_scores(request, options.replicates, options.seed);
  std::pair<statistics::ArmScores, statistics::ArmScores> out;
  for (size_t s = 0; s < request.scorers.size(); ++s) {
    auto& arm = s < prepared.a.size() ? out.first : out.second;
    arm.of_seed.push_back(request.scorers[s]->score(metric, {}));
    auto& values = arm.resampled.emplace_back();
    for (int64_t r = 0; r < table.num_weightings; ++r) {
      values.push_back(table.at(r, s, 0));
    }
  }
  return out;
}

// The figure's range: all lie between 0 and 1, but nll and the Brier score of classes.
double greatest(Metric metric) {
  return metric == Metric::kNll || metric == Metric::kBrier
             ? std::numeric_limits<double>::infinity()
             : 1;
}

}  // namespace

CellEstimate cell_estimate(const statistics::CrossedMean& mean, Metric metric) {
  CellEstimate out;
  out.value = mean.interval.value;
  // std::max(NaN, 0) is NaN, std::max(0, NaN) is not.
  out.ci_low = std::max(mean.interval.low, 0.0);
  out.ci_high = std::min(mean.interval.high, greatest(metric));
  out.standard_error = mean.standard_error;
  out.degrees_of_freedom = mean.degrees_of_freedom;
  out.num_seeds = mean.num_seeds;
  out.num_undefined = mean.num_undefined;
  return out;
}

CellEstimate estimate_cell(const std::vector<ScoredRun>& seeds, Metric metric,
                           const CellOptions& options) {
  const auto prepared = prepare(seeds, {});
  const auto arm = resample(prepared, metric, options).first;
  auto out = cell_estimate(
      statistics::crossed_mean(arm.of_seed, statistics::crossed_patient_variance(arm),
                               prepared.aligned.num_patients),
      metric);
  out.num_cases = prepared.a[0].num_cases();
  out.num_patients = prepared.aligned.num_patients;
  out.patients_are_known = prepared.aligned.patients_are_known;
  return out;
}

Contrast compare_cells(const std::vector<ScoredRun>& a, const std::vector<ScoredRun>& b,
                       Metric metric, const CellOptions& options) {
  const auto prepared = prepare(a, b);
  const auto [of_a, of_b] = resample(prepared, metric, options);
  const auto difference = statistics::crossed_difference(
      of_a.of_seed, of_b.of_seed, statistics::crossed_patient_variance(of_a, of_b),
      prepared.aligned.num_patients);
  return {difference.interval.value,
          difference.interval.low,
          difference.interval.high,
          difference.p,
          difference.standard_error,
          difference.degrees_of_freedom,
          statistics::minimum_detectable(difference.standard_error,
                                         difference.degrees_of_freedom)};
}

}  // namespace medgraft::evaluation
