#include "coverage/null_study.h"

#include <array>
#include <cmath>
#include <span>

#include "coverage/sample.h"
#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/cells.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/gap_permutation.h"
#include "medgraft/statistics/permutation.h"

namespace medgraft::coverage {
namespace {

constexpr int kSeeds = 3;  // Of each arm.
// A variance needs fewer than a percentile does: 7% of error in the standard error's
// square.
constexpr int64_t kCellReplicates = 400;
constexpr int kGroups = 3;
constexpr int64_t kMinGroup = 10;
constexpr int64_t kGapPermutations = 499;
constexpr uint64_t kExchangeStream = 1;
constexpr const char* kMetrics[] = {"auroc", "auprc", "accuracy", "brier"};
constexpr size_t kNumMetrics = std::size(kMetrics);

std::vector<double> probabilities(const Condition& condition, const Sample& sample) {
  std::vector<double> out;
  for (const double score : sample.scores) out.push_back(calibrated(condition, score));
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

using Columns = std::array<std::vector<double>, kNumMetrics>;

void append(const statistics::LaneScores& scores, Columns& to) {
  for (size_t lane = 0; lane < statistics::kLanes; ++lane) {
    const double values[] = {scores.auroc[lane], scores.auprc[lane],
                             scores.confusion(lane).accuracy(), scores.brier[lane]};
    for (size_t i = 0; i < kNumMetrics; ++i) to[i].push_back(values[i]);
  }
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Two models on the same cases, resampled together and with predictions exchanged.
class ModelPair {
 public:
  ModelPair(const Condition& condition, const std::vector<Sample>& models)
      : num_patients_(condition.num_patients),
        a_(lanes(probabilities(condition, models[0]), models[0].labels,
                 models[0].patients, condition)),
        b_(lanes(probabilities(condition, models[1]), models[1].labels,
                 models[1].patients, condition)),
        // As one sample, in which the second model's patients come after the first's.
        both_(lanes(joined(probabilities(condition, models[0]),
                           probabilities(condition, models[1])),
                    joined(models[0].labels, models[1].labels), twice(models[0].patients),
                    condition)) {}

  Columns observed() const {
    statistics::LaneCounts all(num_patients_);
    const std::vector<uint16_t> ones(static_cast<size_t>(num_patients_), 1);
    for (size_t lane = 0; lane < statistics::kLanes; ++lane) all.set(lane, ones);
    Columns of_a, of_b;
    append(a_.score(all, kPasses), of_a);
    append(b_.score(all, kPasses), of_b);
    return difference(std::move(of_a), of_b);
  }

  Columns bootstrap(const ResamplePool& pool, uint64_t set) const {
    Columns of_a, of_b;
    for (size_t i = 0; i < pool.blocks_of_set(); ++i) {
      append(a_.score(pool.block(set, i), kPasses), of_a);
      append(b_.score(pool.block(set, i), kPasses), of_b);
    }
    return difference(std::move(of_a), of_b);
  }

  // A block has the patients of the first model, then of the second.
  Columns exchange(const LanePool& pool, uint64_t set) const {
    Columns of_a, of_b;
    for (size_t i = 0; i < pool.blocks_of_set(); ++i) {
      const auto& first = pool.block(set, i);
      append(both_.score(first, kPasses), of_a);
      append(both_.score(complement(first), kPasses), of_b);
    }
    return difference(std::move(of_a), of_b);
  }

 private:
  static constexpr statistics::LanePasses kPasses = {
      .auroc = true, .auprc = true, .ece_adaptive = false, .sums = true};

  static statistics::LaneSample lanes(std::vector<double> p, std::vector<double> labels,
                                      const std::vector<int64_t>& patients,
                                      const Condition& condition) {
    return {statistics::BinarySample(std::move(p), std::move(labels)), patients,
            youden_threshold(condition)};
  }

  std::vector<int64_t> twice(std::vector<int64_t> patients) const {
    const size_t size = patients.size();
    for (size_t i = 0; i < size; ++i) patients.push_back(patients[i] + num_patients_);
    return patients;
  }

  // What the other model is left with.
  statistics::LaneCounts complement(const statistics::LaneCounts& counts) const {
    statistics::LaneCounts out(counts.num_patients());
    std::vector<uint16_t> lane_counts(static_cast<size_t>(counts.num_patients()));
    for (size_t lane = 0; lane < statistics::kLanes; ++lane) {
      for (size_t i = 0; i < lane_counts.size(); ++i) {
        lane_counts[i] = static_cast<uint16_t>(1 - counts.of(i)[lane]);
      }
      out.set(lane, lane_counts);
    }
    return out;
  }

  static Columns difference(Columns a, const Columns& b) {
    for (size_t m = 0; m < kNumMetrics; ++m) {
      for (size_t i = 0; i < a[m].size(); ++i) a[m][i] -= b[m][i];
    }
    return a;
  }

  int64_t num_patients_;
  statistics::LaneSample a_, b_, both_;
};

std::vector<NullOutcome> compare_models(const Condition& condition,
                                        const NullPools& pools, uint64_t set,
                                        uint64_t seed) {
  const auto models = draw(condition, 2, seed);
  std::vector<NullOutcome> out;
  if (condition.patients == Patients::kSingleCase) {
    out.push_back({"paired DeLong", "auroc", delong_p(models[0], models[1])});
  }
  const ModelPair pair(condition, models);
  const auto observed = pair.observed();
  const auto resampled = pair.bootstrap(pools.resamples, set);
  const auto permuted = pair.exchange(pools.exchanges, set);
  for (size_t i = 0; i < kNumMetrics; ++i) {
    const double difference = observed[i][0];
    out.push_back(
        {"paired bootstrap", kMetrics[i],
         std::isnan(difference) ? difference : statistics::bootstrap_p(resampled[i])});
    out.push_back({"paired permutation", kMetrics[i],
                   statistics::permutation_p(difference, permuted[i])});
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

std::vector<NullOutcome> compare_cells(const NullCondition& condition, uint64_t seed) {
  Rng rng(mix_key({seed, 1}));
  std::vector<double> shifts;
  for (int i = 0; i < 2 * kSeeds; ++i) {
    shifts.push_back(condition.seed_deviation * rng.normal());
  }
  std::vector<evaluation::Predictions> runs;
  for (const auto& sample : draw(condition.population, 2 * kSeeds, seed, shifts)) {
    runs.push_back(predictions(condition.population, sample));
  }
  std::vector<evaluation::ScoredRun> a, b;
  for (int i = 0; i < kSeeds; ++i) {
    a.push_back({&runs[static_cast<size_t>(i)]});
    b.push_back({&runs[static_cast<size_t>(kSeeds + i)]});
  }
  evaluation::CellOptions options;
  options.replicates = kCellReplicates;
  options.seed = seed;
  options.threads = 1;
  const auto contrast =
      evaluation::compare_cells(a, b, evaluation::Metric::kAuroc, options);
  return {{"cells, 3 seeds", "auroc",
           std::isnan(contrast.difference) ? contrast.difference : contrast.p}};
}

constexpr const char* kGaps[] = {"gap.auroc",
                                 "gap.tpr",
                                 "gap.fpr",
                                 "gap.ppv",
                                 "gap.ece",
                                 "gap.demographic_parity",
                                 "gap.equalized_odds",
                                 "worst_group"};
static_assert(std::size(kGaps) == statistics::kNumGapKinds);

// Groups that are drawn for each patient, whatever the labels and scores.
std::vector<NullOutcome> compare_groups(const Condition& condition, int64_t permutations,
                                        uint64_t seed) {
  const auto sample = draw(condition, 1, seed)[0];
  const auto p = probabilities(condition, sample);
  std::vector<uint8_t> predicted;
  std::vector<int32_t> rows;
  statistics::Grouping grouping;
  grouping.num_groups = kGroups;
  for (size_t i = 0; i < p.size(); ++i) {
    predicted.push_back(p[i] >= youden_threshold(condition) ? 1 : 0);
    rows.push_back(static_cast<int32_t>(i));
    grouping.patient_of_row.push_back(static_cast<int32_t>(sample.patients[i]));
  }
  Rng rng(mix_key({seed, 1}));
  for (int64_t i = 0; i < condition.num_patients; ++i) {
    grouping.group_of_patient.push_back(static_cast<int32_t>(rng.below(kGroups)));
  }
  statistics::GapTestOptions options;
  options.permutations = permutations;
  options.seed = seed;
  options.min_group = kMinGroup;
  const statistics::GroupedSample grouped(p, sample.labels, predicted, rows);
  const auto test = statistics::test_gaps(std::span(&grouped, 1), grouping, options);
  std::vector<NullOutcome> out;
  for (size_t kind = 0; kind < statistics::kNumGapKinds; ++kind) {
    out.push_back({"gap permutation", kGaps[kind], test.p[kind]});
  }
  return out;
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
    for (const auto labels : {Patients::kOneLabel, Patients::kMixed}) {
      // Fewer patients fill no group (min_group).
      if (patients >= 200) {
        out.push_back({NullKind::kGaps, {patients, 0.5, 0.9, 0.5, labels}});
      }
    }
    for (const double deviation : {0.0, 0.1, 0.3}) {
      out.push_back(
          {NullKind::kCells, {patients, 0.2, 0.9, 0.5, Patients::kOneLabel}, deviation});
    }
  }
  return out;
}

NullPools::NullPools(const NullCondition& condition, int64_t replicates, uint64_t seed)
    : resamples(condition.population.num_patients, replicates, seed),
      exchanges(2 * condition.population.num_patients, replicates,
                [seed](int64_t index, std::span<uint16_t> counts) {
                  Rng rng(mix_key({seed, kExchangeStream, static_cast<uint64_t>(index)}));
                  const size_t patients = counts.size() / 2;
                  for (size_t i = 0; i < patients; ++i) {
                    counts[i] = static_cast<uint16_t>(rng.below(2));
                    counts[patients + i] = static_cast<uint16_t>(1 - counts[i]);
                  }
                }) {}

std::vector<NullOutcome> null_outcomes(const NullCondition& condition,
                                       const NullPools& pools, uint64_t set,
                                       uint64_t seed) {
  if (condition.kind == NullKind::kCells) return compare_cells(condition, seed);
  if (condition.kind == NullKind::kGaps) {
    return compare_groups(condition.population, kGapPermutations, seed);
  }
  return compare_models(condition.population, pools, set, seed);
}

}  // namespace medgraft::coverage
