#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/base/result.h"

namespace medgraft::statistics {

/// Multi-class predictions: a matrix of logits and the true class of each case.
struct ClassLogits {
  std::vector<double> logits;    ///< [N, K], row-major.
  std::vector<int64_t> classes;  ///< [N] in [0, K).
  int64_t num_classes = 0;

  std::span<const double> row(size_t i) const {
    const auto k = static_cast<size_t>(num_classes);
    return std::span(logits).subspan(i * k, k);
  }
};

/// Writes exp(z) / sum exp(z), without overflow; in place is allowed.
void softmax(std::span<const double> logits, std::span<double> probabilities);

/// The T > 0 that minimizes the NLL of softmax(z / T); see fit_temperature.
Result<double> fit_class_temperature(const ClassLogits& cases);

/// p' = softmax(weight * z + bias), elementwise; biases add up to 0.
struct VectorScaling {
  std::vector<double> weights, biases;  ///< [K]

  /// @param logits [K]; @param probabilities [K], written.
  void apply(std::span<const double> logits, std::span<double> probabilities) const;
};

/// Unpenalized maximum likelihood by a damped Newton's method. Refused beyond 64 classes
/// (its Hessian has (2 K)^2 entries), where a class is absent, and where there is no
/// finite, unique optimum, as where the scaled logits separate a class.
/// Source: Guo et al. 2017, section 4.2.
Result<VectorScaling> fit_vector_scaling(const ClassLogits& cases);

}  // namespace medgraft::statistics
