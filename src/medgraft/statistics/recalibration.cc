#include "medgraft/statistics/recalibration.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "medgraft/statistics/logistic.h"
#include "medgraft/statistics/recalibration_temperature.h"

namespace medgraft::statistics {
namespace {

using Column = std::vector<double>;

std::optional<Failure> degenerate(std::span<const double> labels) {
  if (labels.empty()) return Failure{"no labeled validation case"};
  const auto positives = std::count_if(labels.begin(), labels.end(),
                                       [](double label) { return label > 0.5; });
  if (positives == 0 || positives == std::ssize(labels)) {
    return Failure{"the validation cases have one class only"};
  }
  return std::nullopt;
}

bool all_equal(std::span<const double> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) ==
         values.end();
}

// The fit with the coefficients of the chosen columns alone; null where none is finite.
std::optional<LogisticFit> fit_face(const std::vector<const Column*>& columns,
                                    std::span<const double> labels) {
  LogisticProblem problem;
  for (const auto* column : columns) problem.features.push_back(*column);
  problem.features.emplace_back(labels.size(), 1.0);
  problem.targets.assign(labels.begin(), labels.end());
  auto fit = fit_logistic(problem);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!(fit.coefficients[i] >= 0)) return std::nullopt;
  }
  if (!fit.converged) return std::nullopt;
  return fit;
}

}  // namespace

double PlattMap::operator()(double logit) const {
  return sigmoid(slope * logit + intercept);
}

double BetaMap::operator()(double probability) const {
  const double p = std::clamp(probability, kLogitClip, 1 - kLogitClip);
  return sigmoid(a * std::log(p) - b * std::log1p(-p) + c);
}

Result<PlattMap> fit_platt(std::span<const double> logits,
                           std::span<const double> labels) {
  if (const auto failure = degenerate(labels)) return *failure;
  if (all_equal(logits)) return Failure{"all validation predictions are equal"};
  double positives = 0;
  for (const double label : labels) positives += label > 0.5;
  const double negatives = static_cast<double>(labels.size()) - positives;
  LogisticProblem problem;
  problem.features = {Column(logits.begin(), logits.end()), Column(logits.size(), 1.0)};
  for (const double label : labels) {
    problem.targets.push_back(label > 0.5 ? (positives + 1) / (positives + 2)
                                          : 1 / (negatives + 2));
  }
  const auto fit = fit_logistic(problem);
  if (!fit.converged) return Failure{"the fit does not converge"};
  return PlattMap{fit.coefficients[0], fit.coefficients[1]};
}

Result<BetaMap> fit_beta(std::span<const double> probabilities,
                         std::span<const double> labels) {
  if (const auto failure = degenerate(labels)) return *failure;
  double highest_negative = 0, lowest_positive = 1;
  Column log_p, minus_log_rest;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double p = std::clamp(probabilities[i], kLogitClip, 1 - kLogitClip);
    log_p.push_back(std::log(p));
    minus_log_rest.push_back(-std::log1p(-p));
    (labels[i] > 0.5 ? lowest_positive = std::min(lowest_positive, p)
                     : highest_negative = std::max(highest_negative, p));
  }
  if (all_equal(log_p)) return Failure{"all validation predictions are equal"};
  if (highest_negative <= lowest_positive) {
    return Failure{"the validation predictions separate the classes"};
  }
  if (const auto fit = fit_face({&log_p, &minus_log_rest}, labels)) {
    return BetaMap{fit->coefficients[0], fit->coefficients[1], fit->coefficients[2]};
  }
  // By convexity the optimum then lies where a or b is 0.
  const auto only_a = fit_face({&log_p}, labels);
  const auto only_b = fit_face({&minus_log_rest}, labels);
  if (only_a && (!only_b || only_a->nll <= only_b->nll)) {
    return BetaMap{only_a->coefficients[0], 0, only_a->coefficients[1]};
  }
  if (only_b) return BetaMap{0, only_b->coefficients[0], only_b->coefficients[1]};
  const auto constant = fit_face({}, labels);
  return BetaMap{0, 0, constant->coefficients[0]};
}

Result<double> fit_temperature(std::span<const double> logits,
                               std::span<const double> labels) {
  if (const auto failure = degenerate(labels)) return *failure;
  const bool errs = [&] {
    for (size_t i = 0; i < labels.size(); ++i) {
      if ((labels[i] > 0.5 ? logits[i] : -logits[i]) < 0) return true;
    }
    return false;
  }();
  if (!errs) return Failure{kNoValidationError};
  return minimize_over_inverse_temperature([&](double beta) {
    Slope out;
    for (size_t i = 0; i < labels.size(); ++i) {
      const double p = sigmoid(beta * logits[i]);
      out.first += (p - (labels[i] > 0.5 ? 1 : 0)) * logits[i];
      out.second += p * (1 - p) * logits[i] * logits[i];
    }
    out.first /= static_cast<double>(labels.size());
    out.second /= static_cast<double>(labels.size());
    return out;
  });
}

}  // namespace medgraft::statistics
