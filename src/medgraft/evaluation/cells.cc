#include "medgraft/evaluation/cells.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <string>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/resample_scores.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

// Seeds' scorers over one shared numbering of patients.
struct Prepared {
  std::vector<Scorer> a, b;
  AlignedRows aligned;
};

Prepared prepare(const std::vector<const Predictions*>& a,
                 const std::vector<const Predictions*>& b) {
  require(!a.empty(), "an arm without runs has no figures");
  std::vector<const Predictions*> files = a;
  files.insert(files.end(), b.begin(), b.end());
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::string> names;
  for (size_t f = 0; f < files.size(); ++f) {
    auto& own = rows.emplace_back(static_cast<size_t>(files[f]->num_cases()));
    std::iota(own.begin(), own.end(), int64_t{0});
    names.push_back(text("run ", f + 1));
  }
  Prepared out;
  out.aligned = align(files, rows, names);
  for (size_t f = 0; f < files.size(); ++f) {
    (f < a.size() ? out.a : out.b)
        .emplace_back(*files[f], out.aligned.rows[f], out.aligned.patient_index,
                      std::vector<double>{});
  }
  return out;
}

std::vector<double> scores(const std::vector<Scorer>& seeds, Metric metric,
                           std::span<const double> counts) {
  std::vector<double> values;
  for (const auto& seed : seeds) values.push_back(seed.score(metric, counts));
  return values;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// A sum of independent variance components, with Satterthwaite's degrees of freedom.
struct Components {
  double total = 0, weighted = 0;
  void add(double variance, double degrees) {
    if (!(variance > 0)) return;
    total += variance;
    weighted += variance * variance / degrees;
  }
  double degrees() const { return weighted > 0 ? total * total / weighted : 1; }
};

void add_seeds(Components& components, const std::vector<double>& values) {
  if (values.size() < 2) return;
  const auto seeds = static_cast<double>(values.size());
  components.add(statistics::variance(values) / seeds, seeds - 1);
}

// The patients' share of the variance of mean(a) - mean(b); b may be empty.
double patient_variance(const Prepared& prepared, Metric metric,
                        const CellOptions& options) {
  ScoreRequest request{{}, {metric}, prepared.aligned.num_patients, options.threads};
  for (const auto* arm : {&prepared.a, &prepared.b}) {
    for (const auto& seed : *arm) request.scorers.push_back(&seed);
  }
  const auto table = resample_scores(request, options.replicates, options.seed);
  std::vector<double> values;
  for (int64_t r = 0; r < table.num_weightings; ++r) {
    std::vector<double> of_a, of_b;
    for (size_t s = 0; s < request.scorers.size(); ++s) {
      (s < prepared.a.size() ? of_a : of_b).push_back(table.at(r, s, 0));
    }
    values.push_back(mean(of_a) - (of_b.empty() ? 0 : mean(of_b)));
  }
  return statistics::variance(values);
}

double t_quantile(double probability, double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

}  // namespace

CellEstimate estimate_cell(const std::vector<const Predictions*>& seeds, Metric metric,
                           const CellOptions& options) {
  const auto prepared = prepare(seeds, {});
  const auto values = scores(prepared.a, metric, {});
  Components components;
  components.add(patient_variance(prepared, metric, options),
                 static_cast<double>(prepared.aligned.num_patients - 1));
  add_seeds(components, values);

  CellEstimate out;
  out.value = mean(values);
  out.standard_error = std::sqrt(components.total);
  out.degrees_of_freedom = components.degrees();
  const double half = t_quantile(0.975, out.degrees_of_freedom) * out.standard_error;
  out.ci_low = out.value - half;
  out.ci_high = out.value + half;
  if (metric != Metric::kNll) {  // All others lie between 0 and 1 (Brier of classes: 2).
    out.ci_low = std::max(out.ci_low, 0.0);
    if (metric != Metric::kBrier) out.ci_high = std::min(out.ci_high, 1.0);
  }
  out.num_seeds = static_cast<int64_t>(seeds.size());
  out.num_cases = prepared.a[0].num_cases();
  out.num_patients = prepared.aligned.num_patients;
  out.patients_are_known = prepared.aligned.patients_are_known;
  return out;
}

Contrast compare_cells(const std::vector<const Predictions*>& a,
                       const std::vector<const Predictions*>& b, Metric metric,
                       const CellOptions& options) {
  const auto prepared = prepare(a, b);
  const auto of_a = scores(prepared.a, metric, {});
  const auto of_b = scores(prepared.b, metric, {});
  Components components;
  components.add(patient_variance(prepared, metric, options),
                 static_cast<double>(prepared.aligned.num_patients - 1));
  add_seeds(components, of_a);
  add_seeds(components, of_b);

  Contrast out;
  out.difference = mean(of_a) - mean(of_b);
  out.standard_error = std::sqrt(components.total);
  out.degrees_of_freedom = components.degrees();
  const double critical = t_quantile(0.975, out.degrees_of_freedom);
  out.ci_low = out.difference - critical * out.standard_error;
  out.ci_high = out.difference + critical * out.standard_error;
  if (out.standard_error > 0) {
    const boost::math::students_t t(out.degrees_of_freedom);
    out.p = 2 * boost::math::cdf(boost::math::complement(
                    t, std::abs(out.difference) / out.standard_error));
  } else {
    out.p = out.difference == 0 ? 1 : 0;
  }
  const double power = t_quantile(0.8, out.degrees_of_freedom);
  out.minimum_detectable = (critical + power) * out.standard_error;
  return out;
}

}  // namespace medgraft::evaluation
