#pragma once

#include <span>
#include <vector>

#include "medgraft/statistics/binary_sample.h"

namespace medgraft::statistics {

/// Figures that depend on how common a label is.
struct PrevalenceFigures {
  double auprc = 0, ppv = 0, brier = 0, ece = 0;
};

/// @param threshold positive is p >= threshold; the PPV is NaN where nothing is.
PrevalenceFigures prevalence_figures(const BinarySample& sample, double threshold,
                                     Weights weights = {});

/// @return the weighted share of positives; NaN without weight.
double prevalence(std::span<const double> labels, Weights weights = {});

/// Weights that give a sample another prevalence: those it has times
/// p_target(y) / p_own(y). Under label shift, where p(x | y) is the same in both sets,
/// weighted figures estimate those that the target would have.
/// Source: Saerens, Latinne and Decaestecker 2002; Lipton et al. 2018, arXiv:1802.03916.
/// @return empty where a class is absent that the target has.
std::vector<double> reweight_to(double target_prevalence, std::span<const double> labels,
                                Weights weights = {});

/// The same for classes. @param target, own [K] shares of each class.
/// @return the weight of a case of each class, [K]; 0 where the set has none.
std::vector<double> class_ratios(std::span<const double> target,
                                 std::span<const double> own);

}  // namespace medgraft::statistics
