#pragma once

#include <cstdint>
#include <span>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// Wilson's 95% score interval of a proportion. Source: Wilson 1927, JASA 22:209; agrees
/// with statsmodels' proportion_confint(method="wilson").
/// @param proportion in [0, 1]. @param trials above 0; need not be whole, so that an
/// effective sample size can stand in. @return NaN where either is undefined.
Interval wilson_interval(double proportion, double trials);

/// A proportion of cases of which several may be of one patient.
struct ClusteredProportion {
  double value = 0;           ///< NaN without a case.
  double trials = 0;          ///< Cases.
  double design_effect = 1;   ///< At least 1.
  double effective_size = 0;  ///< Cases that would tell as much if all were independent.
  bool is_clustered = false;  ///< Whether any patient has several cases.
};

/// The share of successes and its effective sample size n / deff: deff is the variance of
/// the ratio estimator between patients, m / (m - 1) sum of (y_i - n_i p)^2 / n^2, over
/// the binomial one, p (1 - p) / n (Rao and Scott 1992, Biometrics 48:577), truncated at
/// 1 from below. What an estimate of deff from few patients lacks is taken off by
/// (t_(n-1) / t_(m-1))^2 (Korn and Graubard 1998, Survey Methodology 24:193). Where all
/// cases or none succeed the data say nothing of deff: patients are then counted, as if
/// the cases of one were copies.
/// @param successes [N], true above 0.5. @param clusters [N] the patient of each.
ClusteredProportion clustered_proportion(std::span<const double> successes,
                                         std::span<const int64_t> clusters);

/// Wilson's interval at the effective sample size; Wilson's own where patients are
/// distinct. Recommended by Franco et al. 2019, J. Survey Stat. Methodol. 7:334.
Interval wilson_interval(const ClusteredProportion& proportion);

/// The mean of two independent figures from the interval of each, as balanced accuracy
/// from sensitivity and specificity. Source: Zou and Donner 2008, Stat. Med. 27:1693.
Interval mean_interval(const Interval& a, const Interval& b);

}  // namespace medgraft::statistics
