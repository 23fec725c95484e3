#include "medgraft/statistics/logistic_recalibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/statistics/logistic.h"

namespace medgraft::statistics {
namespace {

constexpr double kNormal975 = 1.959963984540054;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

RobustEstimate undefined(std::string reason) {
  return {kUndefined, {}, std::move(reason)};
}

std::vector<double> logits_of(const LabelColumn& column) {
  std::vector<double> logits;
  logits.reserve(column.size());
  for (const double p : column.probabilities) logits.push_back(clipped_logit(p));
  return logits;
}

// The first coefficient of a fit, with the patients' influence on it.
RobustEstimate first_coefficient(const LogisticProblem& problem,
                                 const LabelColumn& column, int64_t num_patients) {
  const auto fit = fit_logistic(problem);
  if (!fit.converged) return undefined("the logistic regression does not converge");
  RobustEstimate out{
      fit.coefficients[0], std::vector<double>(static_cast<size_t>(num_patients)), {}};
  const auto residuals = logistic_residuals(problem, fit);
  std::vector<bool> seen(static_cast<size_t>(num_patients));
  for (size_t i = 0; i < column.size(); ++i) {
    const auto patient = static_cast<size_t>(column.patients[i]);
    double moved = 0;
    for (size_t d = 0; d < problem.features.size(); ++d) {
      moved += fit.inverse_hessian[d] * problem.features[d][i];
    }
    out.influence[patient] -= moved * residuals[i];
    seen[patient] = true;
  }
  const auto patients = static_cast<double>(std::count(seen.begin(), seen.end(), true));
  const auto items = static_cast<double>(column.size());
  const auto dimensions = static_cast<double>(problem.features.size());
  const double correction =
      std::sqrt(patients / (patients - 1) * (items - 1) / (items - dimensions));
  for (double& value : out.influence) value *= correction;
  return out;
}

}  // namespace

RobustEstimate calibration_slope(const LabelColumn& column, int64_t num_patients) {
  if (!column.has_both_classes()) return undefined("one class only, or no labeled case");
  auto logits = logits_of(column);
  const auto [low, high] = std::minmax_element(logits.begin(), logits.end());
  if (*low == *high) return undefined("all predictions are equal");
  if (is_separated(logits, column.labels)) {
    return undefined("the predictions separate the classes: the slope is infinite");
  }
  return first_coefficient(
      {{std::move(logits), std::vector<double>(column.size(), 1.0)}, column.labels, {}},
      column, num_patients);
}

RobustEstimate calibration_intercept(const LabelColumn& column, int64_t num_patients) {
  if (!column.has_both_classes()) return undefined("one class only, or no labeled case");
  return first_coefficient(
      {{std::vector<double>(column.size(), 1.0)}, column.labels, logits_of(column)},
      column, num_patients);
}

RobustEstimate mean_estimate(std::span<const RobustEstimate> estimates) {
  RobustEstimate out;
  double count = 0;
  for (const auto& estimate : estimates) {
    if (std::isnan(estimate.value)) {
      if (out.reason.empty()) out.reason = estimate.reason;
      continue;
    }
    ++count;
    out.value += estimate.value;
    out.influence.resize(estimate.influence.size());
    for (size_t i = 0; i < estimate.influence.size(); ++i) {
      out.influence[i] += estimate.influence[i];
    }
  }
  if (count == 0) return undefined(out.reason);
  out.value /= count;
  for (double& value : out.influence) value /= count;
  out.reason.clear();
  return out;
}

Interval robust_interval(const RobustEstimate& estimate) {
  double variance = 0;
  for (const double value : estimate.influence) variance += value * value;
  const double half =
      std::isnan(estimate.value) ? kUndefined : kNormal975 * std::sqrt(variance);
  return {estimate.value, estimate.value - half, estimate.value + half};
}

}  // namespace medgraft::statistics
