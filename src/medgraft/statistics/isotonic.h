#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// A monotone piecewise linear function through its knots, constant beyond them.
struct IsotonicFit {
  std::vector<double> x;  ///< Ascending, distinct; the ends of the blocks alone.
  std::vector<double> y;  ///< Monotone, [size of x].

  /// @return the value at `place`; NaN where there are no knots or `place` is NaN.
  double operator()(double place) const;
};

enum class Direction { kIncreasing, kDecreasing };

/// Weighted least-squares monotone regression by pooling adjacent violators, O(N log N)
/// (O(N) where x ascends). Items of equal x enter as their weighted mean.
/// @param x [N] finite, in any order; @param y [N] finite.
/// @param weights [N] at least 0 (0 leaves the item out); empty: all 1.
/// @throws InternalError where the sizes differ.
/// Source: Barlow et al. 1972; agrees with sklearn.isotonic.IsotonicRegression with
/// out_of_bounds = "clip".
IsotonicFit isotonic_fit(std::span<const double> x, std::span<const double> y,
                         std::span<const double> weights = {},
                         Direction direction = Direction::kIncreasing);

}  // namespace medgraft::statistics
