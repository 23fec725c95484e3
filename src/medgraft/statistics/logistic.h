#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// Probabilities are clipped to [kLogitClip, 1 - kLogitClip] before their logit is taken,
/// as they are for the likelihood.
inline constexpr double kLogitClip = 0x1p-52;

/// log(p / (1 - p)) of the clipped probability; within +-36.05.
double clipped_logit(double probability);
/// 1 / (1 + exp(-x)), without overflow.
double sigmoid(double x);

/// A logistic regression of a few columns.
struct LogisticProblem {
  std::vector<std::vector<double>> features;  ///< [D][N]; an intercept is a column of 1.
  std::vector<double> targets;                ///< [N], each in [0, 1].
  std::vector<double> offset;                 ///< [N], added to the logit; empty: none.
};

struct LogisticFit {
  std::vector<double> coefficients;     ///< [D]
  double nll = 0;                       ///< Mean negative log likelihood.
  bool converged = false;               ///< Mean gradient below 1e-10 in every column.
  std::vector<double> inverse_hessian;  ///< [D, D], of the summed NLL.
};

/// Unpenalized maximum likelihood by Newton's method with a line search.
/// @param problem D >= 1, N >= 1. Where the maximum lies at infinity (separated classes)
/// the fit does not converge, or only where all probabilities are 0 or 1: callers test
/// for separation first.
LogisticFit fit_logistic(const LogisticProblem& problem);

/// @return p - target of each item under a fit, [N].
std::vector<double> logistic_residuals(const LogisticProblem& problem,
                                       const LogisticFit& fit);

/// Whether a threshold on `scores` separates the classes, touching at most in a tie: no
/// logistic regression on them has a finite maximum. Also true with one class only.
bool is_separated(std::span<const double> scores, std::span<const double> labels);

}  // namespace medgraft::statistics
