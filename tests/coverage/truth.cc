#include "coverage/truth.h"

#include <cmath>
#include <functional>
#include <numbers>

#include "coverage/sample.h"

namespace medgraft::coverage {
namespace {

constexpr int kBins = 15;       // Of the calibration errors, STATISTICS.md section 2.
constexpr double kReach = 9;    // Standard deviations; the rest is below 1e-18.
constexpr int kSteps = 20'000;  // Of Simpson's rule.

double upper_tail(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }

double density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

double integral(double low, double high, const std::function<double(double)>& f) {
  const double step = (high - low) / kSteps;
  double sum = f(low) + f(high);
  for (int i = 1; i < kSteps; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(low + step * i);
  return sum * step / 3;
}

// The population's scores: a mixture of two normal distributions.
struct Population {
  explicit Population(const Condition& of)
      : condition(of), mu(of.separation()), low(-kReach), high(mu + kReach) {}

  double positive(double s) const { return condition.prevalence * density(s - mu); }
  double negative(double s) const { return (1 - condition.prevalence) * density(s); }
  double share_above(double s) const {
    return condition.prevalence * upper_tail(s - mu) +
           (1 - condition.prevalence) * upper_tail(s);
  }
  double score_with_share_above(double share) const {
    double below = low, above = high;
    for (int i = 0; i < 200; ++i) {
      const double middle = (below + above) / 2;
      (share_above(middle) > share ? below : above) = middle;
    }
    return below;
  }
  double mean(const std::function<double(double)>& if_positive,
              const std::function<double(double)>& if_negative) const {
    return integral(low, high, [&](double s) {
      return positive(s) * if_positive(s) + negative(s) * if_negative(s);
    });
  }
  // |mean probability less prevalence| of the overconfident model, times the share.
  double bin_error(double from, double to) const {
    if (!(to > from)) return 0;
    return std::abs(integral(from, to, [&](double s) {
      const double p = overconfident(condition, s);
      return p * (positive(s) + negative(s)) - positive(s);
    }));
  }

  Condition condition;
  double mu, low, high;
};

double equal_width_error(const Population& population) {
  double error = 0, from = population.low;
  for (int bin = 1; bin <= kBins; ++bin) {
    const double edge = bin == kBins
                            ? population.high
                            : score_of_overconfident(population.condition,
                                                     static_cast<double>(bin) / kBins);
    const double to = std::clamp(edge, population.low, population.high);
    error += population.bin_error(from, to);
    from = to;
  }
  return error;
}

double equal_count_error(const Population& population) {
  double error = 0, from = population.low;
  for (int bin = 1; bin <= kBins; ++bin) {
    const double to =
        bin == kBins
            ? population.high
            : population.score_with_share_above(1 - static_cast<double>(bin) / kBins);
    error += population.bin_error(from, to);
    from = to;
  }
  return error;
}

double average_precision(const Population& population) {
  const double prevalence = population.condition.prevalence;
  return integral(population.low, population.high, [&](double s) {
    const double found = prevalence * upper_tail(s - population.mu);
    return density(s - population.mu) * found / population.share_above(s);
  });
}

}  // namespace

Truth truth_of(const Condition& condition) {
  const Population population(condition);
  const double mu = population.mu, prevalence = condition.prevalence;
  const auto p = [&](double s) { return calibrated(condition, s); };
  Truth out;
  out.auroc = condition.auroc;
  out.auprc = average_precision(population);
  out.sensitivity = upper_tail(-mu / 2);  // The threshold lies midway.
  out.specificity = 1 - upper_tail(mu / 2);
  out.accuracy = prevalence * out.sensitivity + (1 - prevalence) * out.specificity;
  out.balanced_accuracy = (out.sensitivity + out.specificity) / 2;
  const double predicted =
      prevalence * out.sensitivity + (1 - prevalence) * (1 - out.specificity);
  out.f1 = 2 * prevalence * out.sensitivity / (prevalence + predicted);
  out.nll = population.mean([&](double s) { return -std::log(p(s)); },
                            [&](double s) { return -std::log1p(-p(s)); });
  out.brier = population.mean([&](double s) { return (1 - p(s)) * (1 - p(s)); },
                              [&](double s) { return p(s) * p(s); });
  out.ece = equal_width_error(population);
  out.ece_adaptive = equal_count_error(population);
  return out;
}

}  // namespace medgraft::coverage
