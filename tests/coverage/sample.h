#pragma once

#include <cstdint>
#include <vector>

#include "coverage/condition.h"

namespace medgraft::coverage {

/// A data set drawn from a condition.
struct Sample {
  int64_t num_patients = 0;
  std::vector<int64_t> patients;  ///< [N] from 0
  std::vector<double> labels;     ///< [N]
  std::vector<double> scores;     ///< [N], of the normal model
};

/// @param models how many models score the same cases. Each has the condition's AUROC;
/// half of a score's noise is common to all of them. The first model's scores come first.
/// @param shifts [models] added to a model's separation: what its seed brought. Empty: 0.
std::vector<Sample> draw(const Condition& condition, int models, uint64_t seed,
                         const std::vector<double>& shifts = {});

/// The probability that a case of this score is positive in the condition's population:
/// a calibrated model's output.
double calibrated(const Condition& condition, double score);

/// That probability with its logit doubled: an overconfident model's output.
double overconfident(const Condition& condition, double score);

/// The score at which `overconfident` gives a probability.
double score_of_overconfident(const Condition& condition, double probability);

/// The calibrated probability that maximizes Youden's index in the population.
double youden_threshold(const Condition& condition);

}  // namespace medgraft::coverage
