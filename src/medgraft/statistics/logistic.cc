#include "medgraft/statistics/logistic.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace medgraft::statistics {
namespace {

constexpr int kMaxIterations = 100;
constexpr double kConverged = 1e-10;  // Of the mean gradient.
constexpr double kFinal = 1e-14;      // Where another step cannot help.

struct Quadratic {
  double loss = 0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
};

double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double logit_of(const LogisticProblem& problem, const Eigen::VectorXd& at, size_t i) {
  double logit = problem.offset.empty() ? 0 : problem.offset[i];
  for (size_t d = 0; d < problem.features.size(); ++d) {
    logit += at[static_cast<Eigen::Index>(d)] * problem.features[d][i];
  }
  return logit;
}

double loss_at(const LogisticProblem& problem, const Eigen::VectorXd& at) {
  double loss = 0;
  for (size_t i = 0; i < problem.targets.size(); ++i) {
    const double logit = logit_of(problem, at, i);
    loss += softplus(logit) - problem.targets[i] * logit;
  }
  return loss;
}

Quadratic expand(const LogisticProblem& problem, const Eigen::VectorXd& at) {
  const Eigen::Index dimensions = at.size();
  Quadratic out{0, Eigen::VectorXd::Zero(dimensions),
                Eigen::MatrixXd::Zero(dimensions, dimensions)};
  for (size_t i = 0; i < problem.targets.size(); ++i) {
    const double logit = logit_of(problem, at, i);
    const double small = std::exp(-std::abs(logit));
    const double p = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
    const double curvature = small / ((1 + small) * (1 + small));
    out.loss += std::max(logit, 0.0) + std::log1p(small) - problem.targets[i] * logit;
    for (Eigen::Index d = 0; d < dimensions; ++d) {
      const double x = problem.features[static_cast<size_t>(d)][i];
      out.gradient[d] += (p - problem.targets[i]) * x;
      for (Eigen::Index e = 0; e <= d; ++e) {
        out.hessian(d, e) += curvature * x * problem.features[static_cast<size_t>(e)][i];
      }
    }
  }
  out.hessian = out.hessian.selfadjointView<Eigen::Lower>();
  return out;
}

}  // namespace

double clipped_logit(double probability) {
  const double p = std::clamp(probability, kLogitClip, 1 - kLogitClip);
  return std::log(p) - std::log1p(-p);
}

double sigmoid(double x) {
  const double small = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

LogisticFit fit_logistic(const LogisticProblem& problem) {
  const auto dimensions = static_cast<Eigen::Index>(problem.features.size());
  const auto items = static_cast<double>(problem.targets.size());
  Eigen::VectorXd at = Eigen::VectorXd::Zero(dimensions);
  auto here = expand(problem, at);
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    if (here.gradient.lpNorm<Eigen::Infinity>() < kFinal * items) break;
    const Eigen::VectorXd step = here.hessian.ldlt().solve(here.gradient);
    if (!step.allFinite()) break;
    // Rounding of the loss must not stop the last, tiny steps.
    const double slack = 1e-13 * (1 + std::abs(here.loss));
    double length = 1;
    while (length > 1e-10 &&
           !(loss_at(problem, at - length * step) <=
             here.loss - 1e-4 * length * step.dot(here.gradient) + slack)) {
      length /= 2;
    }
    if (length <= 1e-10) break;
    const double before = here.gradient.lpNorm<Eigen::Infinity>();
    at -= length * step;
    here = expand(problem, at);
    const double after = here.gradient.lpNorm<Eigen::Infinity>();
    if (after < kConverged * items && after > before / 2) break;
  }
  LogisticFit fit;
  fit.coefficients.assign(at.begin(), at.end());
  fit.nll = here.loss / items;
  fit.converged =
      at.allFinite() && here.gradient.lpNorm<Eigen::Infinity>() < kConverged * items;
  const Eigen::MatrixXd inverse =
      here.hessian.ldlt().solve(Eigen::MatrixXd::Identity(dimensions, dimensions));
  fit.inverse_hessian.assign(inverse.data(), inverse.data() + inverse.size());
  return fit;
}

std::vector<double> logistic_residuals(const LogisticProblem& problem,
                                       const LogisticFit& fit) {
  const Eigen::VectorXd at = Eigen::Map<const Eigen::VectorXd>(
      fit.coefficients.data(), static_cast<Eigen::Index>(fit.coefficients.size()));
  std::vector<double> residuals;
  residuals.reserve(problem.targets.size());
  for (size_t i = 0; i < problem.targets.size(); ++i) {
    residuals.push_back(sigmoid(logit_of(problem, at, i)) - problem.targets[i]);
  }
  return residuals;
}

bool is_separated(std::span<const double> scores, std::span<const double> labels) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double lowest[2] = {kInfinity, kInfinity}, highest[2] = {-kInfinity, -kInfinity};
  for (size_t i = 0; i < scores.size(); ++i) {
    const int c = labels[i] > 0.5;
    lowest[c] = std::min(lowest[c], scores[i]);
    highest[c] = std::max(highest[c], scores[i]);
  }
  return highest[0] <= lowest[1] || highest[1] <= lowest[0];
}

}  // namespace medgraft::statistics
