#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/label_column.h"

namespace medgraft::statistics {

/// Sums over the items of one of the kCalibrationBins bins, p the probability and y the
/// label.
struct BinMoments : CalibrationBin {
  double probability_squared = 0, product = 0;  ///< Of p^2 and of p y.
};

/// One bin of a reliability diagram, each item once.
struct ReliabilityBin {
  double low = 0, high = 0;  ///< Edges; of equal mass: the lowest and highest p in it.
  int64_t num_cases = 0;
  double probability = 0;                        ///< Mean p; NaN in an empty bin.
  double rate = 0, rate_low = 0, rate_high = 0;  ///< Wilson, clustered by patient.
};

/// The bin of each item: 15 of equal width, [low, high), the last closed.
std::vector<size_t> equal_width_assignment(std::span<const double> probabilities);
/// 15 of equal count after a stable sort, as numpy.array_split has them.
std::vector<size_t> equal_mass_assignment(std::span<const double> probabilities);

/// @return 15 bins. @param is_equal_width else edges are the bins' own extremes.
std::vector<ReliabilityBin> reliability_bins(const LabelColumn& column,
                                             std::span<const size_t> assignment,
                                             bool is_equal_width);

/// Items sorted into equal-width bins once, so that each weighting is one pass.
class BinnedSample {
 public:
  explicit BinnedSample(const LabelColumn& column);

  /// @param patient_counts a resample's; empty: every patient once.
  std::vector<BinMoments> bins(std::span<const double> patient_counts = {}) const;

 private:
  struct Segment {
    size_t bin = 0;
    bool positive = false;
    size_t first = 0, last = 0;
  };
  std::vector<Segment> segments_;
  std::vector<double> probabilities_;
  std::vector<uint32_t> patients_;
};

/// The largest |mean p - rate| of a bin that is not empty (Naeini et al. 2015).
double maximum_calibration_error(std::span<const BinMoments> bins);
/// Sum of p over number of positives; NaN without a positive.
double expected_observed_ratio(std::span<const BinMoments> bins);

/// Brier score = reliability - resolution + uncertainty + within-bin variance -
/// within-bin covariance, exactly. Source: Murphy 1973; the last two terms, Stephenson,
/// Coelho and Jolliffe 2008, Weather and Forecasting 23:752.
struct BrierParts {
  double reliability = 0;  ///< Mean squared (mean p - rate) over items.
  double resolution = 0;   ///< Mean squared (rate - overall rate).
  double uncertainty = 0;  ///< overall rate (1 - overall rate).
  double within_bin_variance = 0;
  double within_bin_covariance = 0;  ///< Twice the covariance of p and y within bins.

  double brier() const {
    return reliability - resolution + uncertainty + within_bin_variance -
           within_bin_covariance;
  }
};

/// NaN in every part without an item.
BrierParts brier_parts(std::span<const BinMoments> bins);

}  // namespace medgraft::statistics
