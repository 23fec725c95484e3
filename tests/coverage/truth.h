#pragma once

#include "coverage/condition.h"

namespace medgraft::coverage {

/// A condition's population values of what `evaluate` estimates, by closed form or
/// numerical integration. Sensitivity and its kin at the threshold of Youden's index.
struct Truth {
  double auroc = 0, auprc = 0, accuracy = 0, balanced_accuracy = 0, sensitivity = 0,
         specificity = 0, f1 = 0, nll = 0, brier = 0;
  /// Of the overconfident model. A calibrated model's are 0.
  double ece = 0, ece_adaptive = 0;
};

/// AUROC is of pairs of different patients, which the sample's tends to: pairs within a
/// patient are about 0.8 of `num_patients` of all.
Truth truth_of(const Condition& condition);

}  // namespace medgraft::coverage
