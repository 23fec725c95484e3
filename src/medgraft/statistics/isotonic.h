#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// A nondecreasing map given by its knots: linear between them, flat outside.
struct IsotonicMap {
  std::vector<double> x, y;  ///< [K], x ascending.

  double operator()(double score) const;
};

/// Isotonic regression of labels on scores by pooling adjacent violators; equal scores
/// are one item of their mean. Knots are the ends of each pooled block, so that what lies
/// between two blocks is interpolated, as sklearn.isotonic.IsotonicRegression with
/// out_of_bounds="clip". Source: Zadrozny and Elkan 2002; Barlow et al. 1972.
/// @param scores [N], N >= 1; @param labels [N].
IsotonicMap fit_isotonic(std::span<const double> scores, std::span<const double> labels);

}  // namespace medgraft::statistics
