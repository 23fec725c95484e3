#include "coverage/interval_study.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <numeric>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/moderated_auroc.h"
#include "medgraft/statistics/wilson.h"

namespace medgraft::coverage {
namespace {

using statistics::Interval;
using statistics::kLanes;

constexpr uint64_t kPoolFactor = 8;
constexpr double kNormal975 = 1.959963984540054;

// The bootstrapped metrics, those of the overconfident model last.
constexpr std::array kMetrics = {
    "auroc", "auprc", "accuracy", "balanced_accuracy", "sensitivity", "specificity",
    "f1",    "nll",   "brier",    "ece (calibrated)",  "ece",         "ece_adaptive",
    "ece_debiased"};
constexpr size_t kNumMetrics = kMetrics.size();
using Values = std::array<double, kNumMetrics>;

Values truths(const Truth& truth) {
  return {truth.auroc,
          truth.auprc,
          truth.accuracy,
          truth.balanced_accuracy,
          truth.sensitivity,
          truth.specificity,
          truth.f1,
          truth.nll,
          truth.brier,
          0,
          truth.ece,
          truth.ece_adaptive,
          truth.ece};
}

// A data set as `evaluate` scores it: the calibrated and the overconfident model's
// probabilities.
class Scored {
 public:
  Scored(const Condition& condition, const Sample& sample)
      : calibrated_(binary_sample(sample, condition, calibrated)),
        overconfident_(binary_sample(sample, condition, overconfident)),
        calibrated_lanes_(calibrated_, sample.patients, youden_threshold(condition)),
        overconfident_lanes_(overconfident_, sample.patients, 0.5) {}

  const statistics::BinarySample& calibrated_sample() const { return calibrated_; }

  // Appends the lanes' values.
  void score(const statistics::LaneCounts& counts,
             std::array<std::vector<double>, kNumMetrics>& to) const {
    const auto a = calibrated_lanes_.score(
        counts, {.auroc = true, .auprc = true, .ece_adaptive = false, .sums = true});
    const auto b = overconfident_lanes_.score(
        counts, {.auroc = false, .auprc = false, .ece_adaptive = true, .sums = true});
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const auto confusion = a.confusion(lane);
      const Values values = {a.auroc[lane],
                             a.auprc[lane],
                             confusion.accuracy(),
                             confusion.balanced_accuracy(),
                             confusion.sensitivity(),
                             confusion.specificity(),
                             confusion.f1(),
                             a.nll[lane],
                             a.brier[lane],
                             a.ece[lane],
                             b.ece[lane],
                             b.ece_adaptive[lane],
                             b.ece_debiased[lane]};
      for (size_t m = 0; m < kNumMetrics; ++m) to[m].push_back(values[m]);
    }
  }

 private:
  static statistics::BinarySample binary_sample(
      const Sample& sample, const Condition& condition,
      double (*probability)(const Condition&, double)) {
    std::vector<double> p;
    for (const double score : sample.scores) p.push_back(probability(condition, score));
    return {std::move(p), sample.labels};
  }

  statistics::BinarySample calibrated_, overconfident_;
  statistics::LaneSample calibrated_lanes_, overconfident_lanes_;
};

// The bootstrap's standard error on the logit scale (the log scale of NLL).
Interval transformed_interval(double value, double variance, bool is_nll) {
  const double scale = is_nll ? value : value * (1 - value);
  if (!(scale > 0) || !(variance > 0)) {
    return {value, std::nan(""), std::nan("")};
  }
  const double half = kNormal975 * std::sqrt(variance) / scale;
  if (is_nll) return {value, value * std::exp(-half), value * std::exp(half)};
  const double logit = std::log(value / (1 - value));
  const auto inverse = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {value, inverse(logit - half), inverse(logit + half)};
}

void add_bootstrap(const Scored& scored, const Values& truth, const ResamplePool& pool,
                   uint64_t set, std::vector<Outcome>& out) {
  std::array<std::vector<double>, kNumMetrics> estimates, replicates, jackknife;
  statistics::LaneCounts all(pool.block(set, 0).num_patients());
  const std::vector<uint16_t> ones(static_cast<size_t>(all.num_patients()), 1);
  for (size_t lane = 0; lane < kLanes; ++lane) all.set(lane, ones);
  scored.score(all, estimates);
  for (size_t i = 0; i < pool.blocks_of_set(); ++i) {
    scored.score(pool.block(set, i), replicates);
  }
  for (const auto& block : pool.jackknife()) scored.score(block, jackknife);
  for (size_t m = 0; m < kNumMetrics; ++m) {
    jackknife[m].resize(static_cast<size_t>(all.num_patients()));
    const double value = estimates[m][0];
    const auto add = [&](const char* method, const Interval& interval) {
      out.push_back({kMetrics[m], method, truth[m], interval});
    };
    add("bootstrap percentile", statistics::percentile_interval(value, replicates[m]));
    add("bootstrap bias-corrected",
        statistics::bias_corrected_interval(value, replicates[m]));
    add("bootstrap BCa", statistics::bca_interval(value, replicates[m], jackknife[m]));
    add("bootstrap error, logit",
        transformed_interval(value, statistics::variance(replicates[m]),
                             std::string_view(kMetrics[m]) == std::string_view("nll")));
  }
}

Interval raw_interval(double value, double variance) {
  const double half = kNormal975 * std::sqrt(variance);
  return {value, value - half, value + half};
}

void add_auroc(const Condition& condition, const Sample& sample,
               std::vector<Outcome>& out) {
  const auto parts = statistics::auroc_components(sample.scores, sample.labels);
  const auto add = [&](const std::string& method, const Interval& interval) {
    out.push_back({"auroc", method, condition.auroc, interval});
  };
  const bool distinct = condition.patients == Patients::kSingleCase;
  const std::string name = distinct ? "delong" : "obuchowski";
  const double variance =
      statistics::auroc_covariance(parts, parts, sample.labels, sample.patients);
  add(name + " raw", raw_interval(parts.auroc, variance));
  add(name + " logit", statistics::auroc_interval(parts, variance));
  add(name + " logit, moderated",
      statistics::moderated_auroc_interval(parts, sample.labels, sample.patients));
  if (distinct) return;
  std::vector<int64_t> each(sample.labels.size());
  std::iota(each.begin(), each.end(), int64_t{0});
  add("delong logit (patients ignored)",
      statistics::auroc_interval(
          parts, statistics::auroc_covariance(parts, parts, sample.labels, each)));
}

// A share of the cases that `counts` picks: those on which `succeeds` holds.
void add_proportion(const char* metric, double truth, const Condition& condition,
                    const Sample& sample, const std::function<bool(double)>& counts,
                    std::vector<Outcome>& out) {
  std::vector<double> successes;
  std::vector<int64_t> patients;
  const double threshold = youden_threshold(condition);
  for (size_t i = 0; i < sample.labels.size(); ++i) {
    if (!counts(sample.labels[i])) continue;
    const bool predicted = calibrated(condition, sample.scores[i]) >= threshold;
    successes.push_back(predicted == (sample.labels[i] > 0.5) ? 1 : 0);
    patients.push_back(sample.patients[i]);
  }
  const auto proportion = statistics::clustered_proportion(successes, patients);
  const bool distinct = condition.patients == Patients::kSingleCase;
  out.push_back({metric, distinct ? "wilson" : "wilson clustered", truth,
                 statistics::wilson_interval(proportion)});
  if (distinct) return;
  out.push_back({metric, "wilson (patients ignored)", truth,
                 statistics::wilson_interval(proportion.value, proportion.trials)});
}

}  // namespace

ResamplePool::ResamplePool(int64_t patients, int64_t replicates, uint64_t seed)
    : blocks_of_set_((static_cast<size_t>(replicates) + kLanes - 1) / kLanes),
      blocks_(kPoolFactor * blocks_of_set_, statistics::LaneCounts(patients)) {
  std::vector<uint16_t> counts(static_cast<size_t>(patients));
  for (size_t i = 0; i < blocks_.size() * kLanes; ++i) {
    statistics::draw_patients(seed, static_cast<int64_t>(i), std::span(counts));
    blocks_[i / kLanes].set(i % kLanes, counts);
  }
  const size_t blocks = (counts.size() + kLanes - 1) / kLanes;
  jackknife_.assign(blocks, statistics::LaneCounts(patients));
  for (size_t i = 0; i < blocks * kLanes; ++i) {
    std::fill(counts.begin(), counts.end(), uint16_t{1});
    counts[i < counts.size() ? i : 0] = 0;
    jackknife_[i / kLanes].set(i % kLanes, counts);
  }
}

const statistics::LaneCounts& ResamplePool::block(uint64_t set, size_t index) const {
  const size_t first = mix_key({set}) % blocks_.size();
  return blocks_[(first + index) % blocks_.size()];
}

std::vector<Outcome> interval_outcomes(const Condition& condition, const Truth& truth,
                                       const Sample& sample, const ResamplePool& pool,
                                       uint64_t set) {
  std::vector<Outcome> out;
  add_auroc(condition, sample, out);
  const auto all = [](double) { return true; };
  const auto positive = [](double label) { return label > 0.5; };
  const auto negative = [](double label) { return label <= 0.5; };
  add_proportion("accuracy", truth.accuracy, condition, sample, all, out);
  add_proportion("sensitivity", truth.sensitivity, condition, sample, positive, out);
  add_proportion("specificity", truth.specificity, condition, sample, negative, out);
  add_bootstrap(Scored(condition, sample), truths(truth), pool, set, out);
  return out;
}

}  // namespace medgraft::coverage
