#pragma once

#include <cstdint>
#include <span>

#include "medgraft/statistics/delong.h"

namespace medgraft::statistics {

/// The variance of an AUROC between patients and how well it is known.
struct ModeratedVariance {
  double variance = 0, degrees_of_freedom = 0;
  double positive_patients = 0, negative_patients = 0;
};

/// DeLong's (distinct patients) or Obuchowski's variance, of which the positives' and
/// the negatives' parts are each averaged with what the binormal model of equal variances
/// gives at the same AUROC, the model weighing as much as four patients. A few positives
/// that all score high show next to no variance, which is why unmoderated intervals miss
/// on the high side; with many patients the model's weight vanishes.
/// @param clusters [N] the patient of each item, from 0.
/// Source: Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3 (moderated variances), with a
/// fixed prior; degrees of freedom of Satterthwaite 1946 as Brunner and Munzel 2000.
ModeratedVariance moderated_auroc_variance(const AurocComponents& components,
                                           std::span<const double> labels,
                                           std::span<const int64_t> clusters);

/// The 95% interval on the logit scale with that variance and Student's t. At an AUROC of
/// 0 or 1: a one-sided exact bound of min(positive, negative patients) successes in as
/// many trials.
Interval moderated_auroc_interval(const AurocComponents& components,
                                  std::span<const double> labels,
                                  std::span<const int64_t> clusters);

/// The interval that covers (docs/metrics/coverage.md): DeLong's or Obuchowski's on the
/// logit scale; moderated where the scarcer class has fewer than 20 patients, since the
/// plain one then holds the truth in as little as 80%.
NamedInterval recommended_auroc_interval(const AurocComponents& components,
                                         std::span<const double> labels,
                                         std::span<const int64_t> clusters);

/// The variance of the share of negatives below a random positive (or of positives above
/// a random negative) under the binormal model of equal variances.
double binormal_placement_variance(double auroc);

}  // namespace medgraft::statistics
