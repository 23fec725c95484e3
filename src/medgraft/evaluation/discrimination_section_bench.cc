#include <benchmark/benchmark.h>

#include <cmath>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/discrimination_section.h"

namespace medgraft::evaluation {
namespace {

// Cases, two a patient, of 14 labels; 2,000 replicates on two threads.
void curves_with_bands(benchmark::State& state) {
  const int64_t num_cases = state.range(0), num_labels = 14;
  Predictions predictions;
  Rng rng(8);
  for (int64_t k = 0; k < num_labels; ++k) predictions.names.push_back(text("label", k));
  predictions.cases.resize(static_cast<size_t>(num_cases));
  for (int64_t i = 0; i < num_cases * num_labels; ++i) {
    const double label = rng.uniform() < 0.1;
    predictions.labels.push_back(label);
    predictions.probabilities.push_back(1 / (1 + std::exp(-rng.normal() - label)));
  }
  SplitView view;
  view.predictions = &predictions;
  view.rows.resize(static_cast<size_t>(num_cases));
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  for (const int64_t row : view.rows) view.patient_index.push_back(row / 2);
  view.num_patients = (num_cases + 1) / 2;
  EvaluateOptions options;
  options.threads = 2;
  for (auto _ : state) benchmark::DoNotOptimize(discrimination_json(view, options));
}
BENCHMARK(curves_with_bands)
    ->Arg(10000)
    ->Arg(100000)
    ->Unit(benchmark::kSecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

}  // namespace
}  // namespace medgraft::evaluation
