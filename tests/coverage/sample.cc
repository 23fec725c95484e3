#include "coverage/sample.h"

#include <cmath>

#include "medgraft/base/rng.h"

namespace medgraft::coverage {
namespace {

constexpr double kOverconfidence = 2;    // Multiplies the logit.
constexpr double kCommonToModels = 0.5;  // Share of a score's noise.
constexpr uint64_t kMaxCases = 4;        // Of a patient.

double logit(double p) { return std::log(p / (1 - p)); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double calibrated_logit(const Condition& condition, double score) {
  const double mu = condition.separation();
  return mu * score - mu * mu / 2 + logit(condition.prevalence);
}

// One normal deviate for all models and one for each, mixed to variance 1 each.
std::vector<double> noise(int models, Rng& rng) {
  const double common = models > 1 ? std::sqrt(kCommonToModels) * rng.normal() : 0;
  const double own = models > 1 ? std::sqrt(1 - kCommonToModels) : 1;
  std::vector<double> out(static_cast<size_t>(models));
  for (double& value : out) value = common + own * rng.normal();
  return out;
}

}  // namespace

std::vector<Sample> draw(const Condition& condition, int models, uint64_t seed,
                         const std::vector<double>& shifts) {
  Rng rng(seed);
  const double mu = condition.separation();
  const double of_patient = std::sqrt(condition.correlation);
  const double of_case = std::sqrt(1 - condition.correlation);
  std::vector<Sample> out(static_cast<size_t>(models));
  for (auto& sample : out) sample.num_patients = condition.num_patients;
  for (int64_t patient = 0; patient < condition.num_patients; ++patient) {
    const uint64_t cases =
        condition.patients == Patients::kSingleCase ? 1 : 1 + rng.below(kMaxCases);
    const auto shared = noise(models, rng);
    bool positive = rng.uniform() < condition.prevalence;
    for (uint64_t i = 0; i < cases; ++i) {
      if (condition.patients == Patients::kMixed) {
        positive = rng.uniform() < condition.prevalence;
      }
      const auto own = noise(models, rng);
      for (size_t m = 0; m < out.size(); ++m) {
        const double shift = shifts.empty() ? 0 : shifts[m];
        out[m].patients.push_back(patient);
        out[m].labels.push_back(positive ? 1 : 0);
        out[m].scores.push_back((positive ? mu + shift : 0) + of_patient * shared[m] +
                                of_case * own[m]);
      }
    }
  }
  return out;
}

double calibrated(const Condition& condition, double score) {
  return logistic(calibrated_logit(condition, score));
}

double overconfident(const Condition& condition, double score) {
  return logistic(kOverconfidence * calibrated_logit(condition, score));
}

double score_of_overconfident(const Condition& condition, double probability) {
  const double mu = condition.separation();
  return (logit(probability) / kOverconfidence + mu * mu / 2 -
          logit(condition.prevalence)) /
         mu;
}

double youden_threshold(const Condition& condition) { return condition.prevalence; }

}  // namespace medgraft::coverage
