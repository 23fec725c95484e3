#pragma once

#include <span>

#include "medgraft/base/result.h"

namespace medgraft::statistics {

/// Maps of a binary prediction, fitted on cases whose labels are known. Every fit is
/// refused, with a reason, where there is no case, one class only, or no finite optimum.

/// p' = sigmoid(slope logit + intercept). Source: Platt 1999.
struct PlattMap {
  double slope = 1, intercept = 0;

  double operator()(double logit) const;
};

/// p' = sigmoid(a log p - b log(1 - p) + c), a, b >= 0; p clipped to [2^-52, 1 - 2^-52].
/// Source: Kull, Silva Filho and Flach 2017, AISTATS.
struct BetaMap {
  double a = 1, b = 1, c = 0;

  double operator()(double probability) const;
};

/// Maximum likelihood of Platt's smoothed targets, (positives + 1) / (positives + 2) and
/// 1 / (negatives + 2), as sklearn.calibration fits it: a finite optimum even where the
/// classes are separated.
Result<PlattMap> fit_platt(std::span<const double> logits,
                           std::span<const double> labels);

/// The maximum of the likelihood under a, b >= 0. Where both coefficients of the free fit
/// are nonnegative this is betacal's; else betacal refits without a negative coefficient,
/// which need not be the maximum.
Result<BetaMap> fit_beta(std::span<const double> probabilities,
                         std::span<const double> labels);

/// The temperature T > 0 that minimizes the negative log likelihood of
/// sigmoid(logit / T). The likelihood is convex in 1 / T; refused where its minimum is at
/// T = 0 (no prediction errs) or at no positive T (predictions contradict the labels).
/// Source: Guo et al. 2017.
Result<double> fit_temperature(std::span<const double> logits,
                               std::span<const double> labels);

}  // namespace medgraft::statistics
