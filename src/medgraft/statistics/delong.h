#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace medgraft::statistics {

/// An estimate and its 95% interval.
struct Interval {
  double value = 0, low = 0, high = 0;
};

/// An interval and how it was made, as evaluation.json names it.
struct NamedInterval {
  Interval interval;
  std::string method = "none";
};

/// What each item adds to the AUROC: for a positive, the share of negatives below it; for
/// a negative, the share of positives above it (ties 1/2). Source: DeLong, DeLong and
/// Clarke-Pearson 1988; in O(n log n), Sun and Xu 2014.
struct AurocComponents {
  double auroc = 0;             ///< NaN where one class is absent.
  std::vector<double> of_item;  ///< [N]
  double positives = 0, negatives = 0;
};

AurocComponents auroc_components(std::span<const double> scores,
                                 std::span<const double> labels);

/// @return the covariance of two models' AUROCs on the same items (a variance where a and
/// b are one). @param clusters [N] the patient of each item, from 0; all distinct gives
/// DeLong's estimate, else Obuchowski's for clustered data.
/// Source: DeLong et al. 1988; Obuchowski 1997, Biometrics 53:567.
double auroc_covariance(const AurocComponents& a, const AurocComponents& b,
                        std::span<const double> labels,
                        std::span<const int64_t> clusters);

/// @return the 95% interval on the logit scale, which covers where the raw scale does
/// not. At an AUROC of 0 or 1 the variance is 0: a one-sided exact bound of
/// min(positives, negatives) successes in as many trials stands in.
Interval auroc_interval(const AurocComponents& components, double variance);

/// Paired DeLong test of two models on the same, distinct patients.
/// @return the two-sided p; 1 where the difference and its variance are 0.
double paired_delong_p(double difference, double variance);

}  // namespace medgraft::statistics
