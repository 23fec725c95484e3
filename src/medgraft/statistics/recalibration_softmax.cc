#include "medgraft/statistics/recalibration_softmax.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <set>

#include "medgraft/statistics/recalibration_temperature.h"

namespace medgraft::statistics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int64_t kMaxClasses = 64;

// The summed NLL of vector scaling at (weights, biases), [2 K].
struct Objective {
  double loss = 0;
  VectorXd gradient;
  MatrixXd hessian;
};

VectorScaling scaling_of(const VectorXd& at) {
  const Index k = at.size() / 2;
  return {{at.begin(), at.begin() + k}, {at.begin() + k, at.end()}};
}

double loss_at(const ClassLogits& cases, const VectorXd& at) {
  const auto scaling = scaling_of(at);
  std::vector<double> scaled(static_cast<size_t>(cases.num_classes));
  double loss = 0;
  for (size_t i = 0; i < cases.classes.size(); ++i) {
    const auto z = cases.row(i);
    for (size_t k = 0; k < z.size(); ++k) {
      scaled[k] = scaling.weights[k] * z[k] + scaling.biases[k];
    }
    const double top = *std::max_element(scaled.begin(), scaled.end());
    double sum = 0;
    for (const double value : scaled) sum += std::exp(value - top);
    loss += top + std::log(sum) - scaled[static_cast<size_t>(cases.classes[i])];
  }
  return loss;
}

// With J = [diag(z), I] the Hessian is the sum of J'(diag(p) - p p')J.
Objective expand(const ClassLogits& cases, const VectorXd& at) {
  const auto k = static_cast<Index>(cases.num_classes);
  const auto scaling = scaling_of(at);
  Objective out{loss_at(cases, at), VectorXd::Zero(2 * k), MatrixXd::Zero(2 * k, 2 * k)};
  VectorXd p(k), row(2 * k);
  for (size_t i = 0; i < cases.classes.size(); ++i) {
    const Eigen::Map<const VectorXd> z(cases.row(i).data(), k);
    scaling.apply(cases.row(i), {p.data(), static_cast<size_t>(k)});
    const VectorXd pz = p.cwiseProduct(z);
    row << pz, p;
    out.hessian.selfadjointView<Eigen::Lower>().rankUpdate(row, -1.0);
    out.hessian.diagonal().head(k) += pz.cwiseProduct(z);
    out.hessian.diagonal().tail(k) += p;
    out.hessian.bottomLeftCorner(k, k).diagonal() += pz;
    out.gradient += row;
    const auto actual = static_cast<Index>(cases.classes[i]);
    out.gradient[actual] -= z[actual];
    out.gradient[k + actual] -= 1;
  }
  out.hessian = out.hessian.selfadjointView<Eigen::Lower>();
  return out;
}

// Levenberg's damping: the Hessian is singular along a common shift of the biases.
bool minimize(const ClassLogits& cases, VectorXd& at) {
  constexpr int kMaxIterations = 200;
  constexpr double kConverged = 1e-10, kFlat = 1e-8;
  const auto items = static_cast<double>(cases.classes.size());
  auto here = expand(cases, at);
  double damping = 1e-8;
  for (int i = 0; i < kMaxIterations; ++i) {
    const double gradient = here.gradient.lpNorm<Eigen::Infinity>();
    if (gradient < 1e-13 * items) break;
    MatrixXd damped = here.hessian;
    damped.diagonal().array() += damping * items;
    const VectorXd next = at - damped.ldlt().solve(here.gradient);
    const double slack = 1e-13 * (1 + here.loss);
    if (!(loss_at(cases, next) <= here.loss + slack)) {
      damping = std::max(damping * 10, 1e-8);
      if (damping > 1e6) break;
      continue;
    }
    at = next;
    here = expand(cases, at);
    damping = std::max(damping / 10, 1e-14);
    const double after = here.gradient.lpNorm<Eigen::Infinity>();
    if (after < kConverged * items && after > gradient / 2) break;
  }
  // Flat in more than the shift: the classes are separated and what was reached is no
  // optimum, or logits are collinear and there are many.
  const VectorXd curvature =
      Eigen::SelfAdjointEigenSolver<MatrixXd>(here.hessian, Eigen::EigenvaluesOnly)
          .eigenvalues();
  return here.gradient.lpNorm<Eigen::Infinity>() < kConverged * items &&
         curvature[1] > kFlat * items;
}

}  // namespace

void softmax(std::span<const double> logits, std::span<double> probabilities) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (size_t k = 0; k < logits.size(); ++k) {
    probabilities[k] = std::exp(logits[k] - top);
    sum += probabilities[k];
  }
  for (double& p : probabilities) p /= sum;
}

Result<double> fit_class_temperature(const ClassLogits& cases) {
  const std::set<int64_t> present(cases.classes.begin(), cases.classes.end());
  if (present.empty()) return Failure{"no labeled validation case"};
  if (present.size() < 2) return Failure{"the validation cases have one class only"};
  bool errs = false;
  for (size_t i = 0; i < cases.classes.size(); ++i) {
    const auto z = cases.row(i);
    errs = errs || *std::max_element(z.begin(), z.end()) >
                       z[static_cast<size_t>(cases.classes[i])];
  }
  if (!errs) return Failure{kNoValidationError};
  std::vector<double> p(static_cast<size_t>(cases.num_classes));
  return minimize_over_inverse_temperature([&](double beta) {
    Slope out;
    for (size_t i = 0; i < cases.classes.size(); ++i) {
      const auto z = cases.row(i);
      std::transform(z.begin(), z.end(), p.begin(), [&](double x) { return beta * x; });
      softmax(p, p);
      double mean = 0, variance = 0;
      for (size_t k = 0; k < p.size(); ++k) mean += p[k] * z[k];
      for (size_t k = 0; k < p.size(); ++k) {
        variance += p[k] * (z[k] - mean) * (z[k] - mean);
      }
      out.first += mean - z[static_cast<size_t>(cases.classes[i])];
      out.second += variance;
    }
    out.first /= static_cast<double>(cases.classes.size());
    out.second /= static_cast<double>(cases.classes.size());
    return out;
  });
}

void VectorScaling::apply(std::span<const double> logits,
                          std::span<double> probabilities) const {
  for (size_t k = 0; k < logits.size(); ++k) {
    probabilities[k] = weights[k] * logits[k] + biases[k];
  }
  softmax(probabilities, probabilities);
}

Result<VectorScaling> fit_vector_scaling(const ClassLogits& cases) {
  if (cases.classes.empty()) return Failure{"no labeled validation case"};
  if (cases.num_classes > kMaxClasses) {
    return Failure{text("vector scaling is fitted up to ", kMaxClasses, " classes")};
  }
  const std::set<int64_t> present(cases.classes.begin(), cases.classes.end());
  if (std::ssize(present) < cases.num_classes) {
    return Failure{"a class has no validation case"};
  }
  const auto k = static_cast<Index>(cases.num_classes);
  VectorXd at(2 * k);
  at << VectorXd::Ones(k), VectorXd::Zero(k);
  if (!minimize(cases, at))
    return Failure{"the validation cases determine no finite, unique optimum"};
  at.tail(k).array() -= at.tail(k).mean();
  return scaling_of(at);
}

}  // namespace medgraft::statistics
