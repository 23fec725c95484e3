#include "coverage/interval_study.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>

#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/moderated_auroc.h"
#include "medgraft/statistics/wilson.h"

namespace medgraft::coverage {
namespace {

using statistics::Interval;
using statistics::kLanes;

constexpr double kNormal975 = 1.959963984540054;

// The bootstrapped metrics, those of the overconfident model last.
constexpr std::array kMetrics = {"auroc",       "auprc",
                                 "accuracy",    "balanced_accuracy",
                                 "sensitivity", "specificity",
                                 "f1",          "nll",
                                 "brier",       "ece (calibrated)",
                                 "ece",         "ece_adaptive",
                                 "ece_debiased"};
constexpr size_t kNumMetrics = kMetrics.size();
using Values = std::array<double, kNumMetrics>;

Values truths(const Truth& truth) {
  return {truth.auroc,       truth.auprc,
          truth.accuracy,    truth.balanced_accuracy,
          truth.sensitivity, truth.specificity,
          truth.f1,          truth.nll,
          truth.brier,       0,
          truth.ece,         truth.ece_adaptive,
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
  static statistics::BinarySample binary_sample(const Sample& sample,
                                                const Condition& condition,
                                                double (*probability)(const Condition&,
                                                                      double)) {
    std::vector<double> p;
    for (const double score : sample.scores) p.push_back(probability(condition, score));
    return {std::move(p), sample.labels};
  }

  statistics::BinarySample calibrated_, overconfident_;
  statistics::LaneSample calibrated_lanes_, overconfident_lanes_;
};

// The fewer of the patients with a positive and with a negative case.
double scarcer_patients(const Sample& sample) {
  std::set<int64_t> positive, negative;
  for (size_t i = 0; i < sample.labels.size(); ++i) {
    (sample.labels[i] > 0.5 ? positive : negative).insert(sample.patients[i]);
  }
  return static_cast<double>(std::min(positive.size(), negative.size()));
}

// The bootstrap's standard error on the logit scale (the log scale of NLL) and Student's
// t of `patients`, whose resamples vary less than they do.
Interval transformed_interval(double value, double variance, double patients,
                              bool is_nll) {
  const double scale = is_nll ? value : value * (1 - value);
  if (!(scale > 0 && variance > 0 && patients > 1)) {
    return {value, std::nan(""), std::nan("")};
  }
  const boost::math::students_t t(patients - 1);
  const double half = boost::math::quantile(t, 0.975) *
                      std::sqrt(variance * patients / (patients - 1)) / scale;
  if (is_nll) return {value, value * std::exp(-half), value * std::exp(half)};
  const double logit = std::log(value / (1 - value));
  const auto inverse = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {value, inverse(logit - half), inverse(logit + half)};
}

void add_bootstrap(const Scored& scored, const Values& truth, const IntervalPools& pools,
                   uint64_t set, double patients, std::vector<Outcome>& out) {
  std::array<std::vector<double>, kNumMetrics> estimates, replicates, jackknife;
  statistics::LaneCounts all(pools.resamples.block(set, 0).num_patients());
  const std::vector<uint16_t> ones(static_cast<size_t>(all.num_patients()), 1);
  for (size_t lane = 0; lane < kLanes; ++lane) all.set(lane, ones);
  scored.score(all, estimates);
  for (size_t i = 0; i < pools.resamples.blocks_of_set(); ++i) {
    scored.score(pools.resamples.block(set, i), replicates);
  }
  for (const auto& block : pools.jackknife) scored.score(block, jackknife);
  for (size_t m = 0; m < kNumMetrics; ++m) {
    jackknife[m].resize(static_cast<size_t>(all.num_patients()));
    // The methods sort; what is in order already costs them little.
    std::erase_if(replicates[m], [](double value) { return std::isnan(value); });
    std::sort(replicates[m].begin(), replicates[m].end());
    const double value = estimates[m][0];
    const auto add = [&](const char* method, const Interval& interval) {
      out.push_back({kMetrics[m], method, truth[m], interval});
    };
    add("bootstrap percentile", statistics::percentile_interval(value, replicates[m]));
    add("bootstrap bias-corrected",
        statistics::bias_corrected_interval(value, replicates[m]));
    add("bootstrap BCa", statistics::bca_interval(value, replicates[m], jackknife[m]));
    if (std::string_view(kMetrics[m]).starts_with("ece")) {
      add("bootstrap bias-corrected, reflected",
          statistics::reflected_interval(value, replicates[m], 0));
    } else {
      add("bootstrap error, logit t",
          transformed_interval(value, statistics::variance(replicates[m]), patients,
                               std::string_view(kMetrics[m]) == "nll"));
    }
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
  add("delong or obuchowski logit, as evaluate",
      statistics::recommended_auroc_interval(parts, sample.labels, sample.patients)
          .interval);
  if (distinct) return;
  std::vector<int64_t> each(sample.labels.size());
  std::iota(each.begin(), each.end(), int64_t{0});
  add("delong logit (patients ignored)",
      statistics::auroc_interval(
          parts, statistics::auroc_covariance(parts, parts, sample.labels, each)));
}

// Whether the calibrated model is right about the cases with a label.
statistics::ClusteredProportion right_of(const Condition& condition, const Sample& sample,
                                         bool with_positives, bool with_negatives) {
  std::vector<double> successes;
  std::vector<int64_t> patients;
  const double threshold = youden_threshold(condition);
  for (size_t i = 0; i < sample.labels.size(); ++i) {
    const bool positive = sample.labels[i] > 0.5;
    if (!(positive ? with_positives : with_negatives)) continue;
    const bool predicted = calibrated(condition, sample.scores[i]) >= threshold;
    successes.push_back(predicted == positive ? 1 : 0);
    patients.push_back(sample.patients[i]);
  }
  return statistics::clustered_proportion(successes, patients);
}

void add_proportions(const Condition& condition, const Truth& truth, const Sample& sample,
                     std::vector<Outcome>& out) {
  const bool distinct = condition.patients == Patients::kSingleCase;
  const auto add = [&](const char* metric, double true_value, const auto& proportion) {
    out.push_back({metric, distinct ? "wilson" : "wilson clustered", true_value,
                   statistics::wilson_interval(proportion)});
    if (distinct) return;
    out.push_back({metric, "wilson (patients ignored)", true_value,
                   statistics::wilson_interval(proportion.value, proportion.trials)});
  };
  const auto positives = right_of(condition, sample, true, false);
  const auto negatives = right_of(condition, sample, false, true);
  add("accuracy", truth.accuracy, right_of(condition, sample, true, true));
  add("sensitivity", truth.sensitivity, positives);
  add("specificity", truth.specificity, negatives);
  out.push_back({"balanced_accuracy", "wilson of both classes", truth.balanced_accuracy,
                 statistics::mean_interval(statistics::wilson_interval(positives),
                                           statistics::wilson_interval(negatives))});
}

}  // namespace

std::vector<Outcome> interval_outcomes(const Condition& condition, const Truth& truth,
                                       const Sample& sample, const IntervalPools& pools,
                                       uint64_t set) {
  std::vector<Outcome> out;
  add_auroc(condition, sample, out);
  add_proportions(condition, truth, sample, out);
  add_bootstrap(Scored(condition, sample), truths(truth), pools, set,
                scarcer_patients(sample), out);
  return out;
}

}  // namespace medgraft::coverage
