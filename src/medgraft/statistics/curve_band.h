#pragma once

#include <span>
#include <vector>

namespace medgraft::statistics {

/// A point of a curve with its own 95% interval and the limits of the band that holds
/// the whole curve with 95%.
struct BandPoint {
  double value = 0, ci_low = 0, ci_high = 0, band_low = 0, band_high = 0;
};

/// Bootstrap values of a curve: rows of replicates in a larger matrix.
struct CurveReplicates {
  std::span<const double> values;  ///< [replicates, stride], row-major.
  size_t stride = 0, first = 0;    ///< Columns of a row; the curve's first column.
};

/// Bands of a curve whose points are proportions (TPR at an FPR, precision at a recall).
///
/// A point's interval is Wilson's at the effective sample size p (1 - p) / variance that
/// the bootstrap over patients gives: percentiles collapse where the curve reaches 0 or
/// 1. The band is p -+ c s: s is the bootstrap's standard deviation, but at least that of
/// a proportion shrunk by 4 trials (Agresti and Coull 1998), and c the 95th percentile
/// over replicates of the largest |p* - p| / s along the curve. Where the point's
/// interval is wider the band is that. Source: Campbell 1994, Stat. Med. 13:499, and
/// Horvath, Horvath and Zhou 2008, J. Stat. Plan. Inference 138:1894, for bands by the
/// bootstrap of the supremum.
///
/// @param estimate [points]. @param trials [points] cases that a point is a share of.
/// @param independent of a case, in (0, 1]: patients per case, which count where a share
/// of 0 or 1 hides how alike a patient's cases are.
/// @return [points]; limits of NaN where the estimate is NaN or fewer than two replicates
/// are defined.
std::vector<BandPoint> curve_band(std::span<const double> estimate,
                                  std::span<const double> trials, double independent,
                                  const CurveReplicates& replicates);

}  // namespace medgraft::statistics
