#include "coverage/null_study.h"

#include <cmath>
#include <numeric>
#include <span>

#include "coverage/sample.h"
#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/cells.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/permutation.h"

namespace medgraft::coverage {
namespace {

constexpr int kSeeds = 3;  // Of each arm.
constexpr const char* kMetrics[] = {"auroc", "auprc", "accuracy", "brier"};
constexpr size_t kNumMetrics = std::size(kMetrics);

std::vector<double> probabilities(const Condition& condition, const Sample& sample) {
  std::vector<double> out;
  for (const double score : sample.scores) out.push_back(calibrated(condition, score));
  return out;
}

void measure(const statistics::BinarySample& sample, double threshold,
             statistics::Weights weights, std::span<double> out) {
  out[0] = sample.auroc(weights);
  out[1] = sample.auprc(weights);
  out[2] = sample.confusion(threshold, weights).accuracy();
  out[3] = sample.brier(weights);
}

// Each item's patient's value.
std::vector<double> spread(const std::vector<int64_t>& patients,
                           std::span<const double> of_patient) {
  std::vector<double> out;
  for (const int64_t patient : patients) {
    out.push_back(of_patient[static_cast<size_t>(patient)]);
  }
  return out;
}

double delong_p(const Sample& a, const Sample& b) {
  const auto parts_a = statistics::auroc_components(a.scores, a.labels);
  const auto parts_b = statistics::auroc_components(b.scores, b.labels);
  if (std::isnan(parts_a.auroc)) return parts_a.auroc;
  const auto covariance = [&](const auto& x, const auto& y) {
    return statistics::auroc_covariance(x, y, a.labels, a.patients);
  };
  return statistics::paired_delong_p(parts_a.auroc - parts_b.auroc,
                                     covariance(parts_a, parts_a) +
                                         covariance(parts_b, parts_b) -
                                         2 * covariance(parts_a, parts_b));
}

// Two models on the same cases, under the bootstrap and under permutation.
class ModelPair {
 public:
  ModelPair(const Condition& condition, const std::vector<Sample>& models)
      : threshold_(youden_threshold(condition)),
        patients_(models[0].patients),
        a_(probabilities(condition, models[0]), models[0].labels),
        b_(probabilities(condition, models[1]), models[1].labels),
        both_(joined(a_.probabilities(), b_.probabilities()),
              joined(a_.labels(), b_.labels())),
        num_patients_(models[0].num_patients) {}

  std::vector<double> observed() const {
    std::vector<double> out(kNumMetrics);
    difference({}, out);
    return out;
  }

  std::vector<double> bootstrap(int64_t replicates, uint64_t seed) const {
    return statistics::bootstrap(num_patients_, replicates, kNumMetrics, seed, 1,
                                 [&](std::span<const double> counts, auto out) {
                                   difference(spread(patients_, counts), out);
                                 });
  }

  std::vector<double> permute(int64_t replicates, uint64_t seed) const {
    return statistics::permute_pairs(num_patients_, replicates, kNumMetrics, seed, 1,
                                     [&](std::span<const double> coins, auto out) {
                                       exchange(spread(patients_, coins), out);
                                     });
  }

 private:
  static std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  void difference(const std::vector<double>& weights, std::span<double> out) const {
    double of_b[kNumMetrics];
    measure(a_, threshold_, weights, out);
    measure(b_, threshold_, weights, of_b);
    for (size_t i = 0; i < kNumMetrics; ++i) out[i] -= of_b[i];
  }

  // The difference where items with a coin of 1 are the other model's.
  void exchange(const std::vector<double>& coins, std::span<double> out) const {
    std::vector<double> stay;
    for (const double coin : coins) stay.push_back(1 - coin);
    double of_b[kNumMetrics];
    measure(both_, threshold_, joined(stay, coins), out);
    measure(both_, threshold_, joined(coins, stay), of_b);
    for (size_t i = 0; i < kNumMetrics; ++i) out[i] -= of_b[i];
  }

  double threshold_;
  std::vector<int64_t> patients_;
  statistics::BinarySample a_, b_, both_;
  int64_t num_patients_;
};

std::vector<double> column(const std::vector<double>& rows, size_t index) {
  std::vector<double> out;
  for (size_t i = index; i < rows.size(); i += kNumMetrics) out.push_back(rows[i]);
  return out;
}

std::vector<NullOutcome> compare_models(const Condition& condition, int64_t replicates,
                                        uint64_t seed) {
  const auto models = draw(condition, 2, seed);
  std::vector<NullOutcome> out;
  if (condition.patients == Patients::kSingleCase) {
    out.push_back({"paired DeLong", "auroc", delong_p(models[0], models[1])});
  }
  const ModelPair pair(condition, models);
  const auto observed = pair.observed();
  const auto resampled = pair.bootstrap(replicates, seed);
  const auto permuted = pair.permute(replicates, seed);
  for (size_t i = 0; i < kNumMetrics; ++i) {
    const bool defined = !std::isnan(observed[i]);
    out.push_back(
        {"paired bootstrap", kMetrics[i],
         defined ? statistics::bootstrap_p(column(resampled, i)) : observed[i]});
    out.push_back({"paired permutation", kMetrics[i],
                   statistics::permutation_p(observed[i], column(permuted, i))});
  }
  return out;
}

evaluation::Predictions predictions(const Condition& condition, const Sample& sample) {
  evaluation::Predictions out;
  out.names = {"finding"};
  for (size_t i = 0; i < sample.labels.size(); ++i) {
    out.cases.push_back(std::to_string(i));
    out.patients.push_back(std::to_string(sample.patients[i]));
  }
  out.labels = sample.labels;
  out.probabilities = probabilities(condition, sample);
  return out;
}

std::vector<NullOutcome> compare_cells(const NullCondition& condition, int64_t replicates,
                                       uint64_t seed) {
  Rng rng(mix_key({seed, 1}));
  std::vector<double> shifts;
  for (int i = 0; i < 2 * kSeeds; ++i) {
    shifts.push_back(condition.seed_deviation * rng.normal());
  }
  std::vector<evaluation::Predictions> runs;
  for (const auto& sample : draw(condition.population, 2 * kSeeds, seed, shifts)) {
    runs.push_back(predictions(condition.population, sample));
  }
  std::vector<const evaluation::Predictions*> a, b;
  for (int i = 0; i < kSeeds; ++i) {
    a.push_back(&runs[static_cast<size_t>(i)]);
    b.push_back(&runs[static_cast<size_t>(kSeeds + i)]);
  }
  const evaluation::CellOptions options{replicates, seed, 1};
  const auto contrast =
      evaluation::compare_cells(a, b, evaluation::Metric::kAuroc, options);
  return {{"cells, 3 seeds", "auroc",
           std::isnan(contrast.difference) ? contrast.difference : contrast.p}};
}

}  // namespace

std::string NullCondition::name() const {
  const char* kinds[] = {"models", "cells", "gaps"};
  std::string out = text("null=", kinds[static_cast<int>(kind)], " ", population.name());
  if (kind == NullKind::kCells) out += text(" seed_deviation=", seed_deviation);
  return out;
}

std::vector<NullCondition> all_null_conditions() {
  std::vector<NullCondition> out;
  for (const int64_t patients : {50, 200, 1000}) {
    for (const double auroc : {0.7, 0.9, 0.97}) {
      out.push_back(
          {NullKind::kModels, {patients, 0.2, auroc, 0, Patients::kSingleCase}});
    }
    for (const auto labels : {Patients::kOneLabel, Patients::kMixed}) {
      out.push_back({NullKind::kModels, {patients, 0.2, 0.9, 0.5, labels}});
    }
    for (const double deviation : {0.0, 0.1, 0.3}) {
      out.push_back(
          {NullKind::kCells, {patients, 0.2, 0.9, 0.5, Patients::kOneLabel}, deviation});
    }
  }
  return out;
}

std::vector<NullOutcome> null_outcomes(const NullCondition& condition, int64_t replicates,
                                       uint64_t seed) {
  if (condition.kind == NullKind::kCells) {
    return compare_cells(condition, replicates, seed);
  }
  return compare_models(condition.population, replicates, seed);
}

}  // namespace medgraft::coverage
