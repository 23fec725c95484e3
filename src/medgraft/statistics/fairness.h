#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace medgraft::statistics {

/// What is told of a subgroup of cases, for one label.
enum class GroupFigure : uint8_t {
  kAuroc,          ///< Within the group.
  kBpsnAuroc,      ///< Background positives against the group's negatives.
  kBnspAuroc,      ///< Background negatives against the group's positives.
  kPrevalence,     ///< Share of positives.
  kSelectionRate,  ///< Share predicted positive.
  kTpr,
  kFpr,
  kPpv,
  kUnderDiagnosis,  ///< Share of positives that were missed: 1 - tpr.
  kEceDebiased,
};
inline constexpr size_t kNumGroupFigures = 10;

/// One value a GroupFigure; NaN where it is undefined.
struct GroupFigures {
  std::array<double, kNumGroupFigures> values;

  GroupFigures() { values.fill(std::numeric_limits<double>::quiet_NaN()); }
  double& operator[](GroupFigure figure) { return values[static_cast<size_t>(figure)]; }
  double operator[](GroupFigure figure) const {
    return values[static_cast<size_t>(figure)];
  }
};

/// A row of a split as a subgroup analysis sees it: its group, from 0, and how often it
/// counts (a resample's count of its patient; 0 leaves it out).
struct GroupedRow {
  int32_t group = 0;
  float weight = 1;
};

/// Which figures are wanted: each part costs its own pass over the cases.
struct FigureParts {
  bool ranking = true;      ///< The three AUROCs.
  bool decisions = true;    ///< Everything counted at the threshold.
  bool calibration = true;  ///< The debiased ECE.
};

/// Cases and patients of a group, by what they are the denominator of.
struct GroupCounts {
  int64_t cases = 0, positives = 0, negatives = 0, predicted = 0;
  int64_t patients = 0, positive_patients = 0, negative_patients = 0,
          predicted_patients = 0;
};

/// The cases of one label, sorted once, so that each of many groupings or weightings
/// costs O(N) for all groups together.
/// Source of the background AUROCs: Borkan et al. 2019, arXiv:1903.04561.
class GroupedSample {
 public:
  /// @param probabilities [N] in [0, 1]; @param labels [N], positive above 0.5;
  /// @param predicted [N] 1 where called positive; @param rows [N] each case's row of the
  /// tables that the other functions take.
  GroupedSample(std::span<const double> probabilities, std::span<const double> labels,
                std::span<const uint8_t> predicted, std::span<const int32_t> rows);

  /// @param table of all rows; groups in [0, out.size()).
  /// @param out [groups]; what is not asked for is NaN.
  void figures(std::span<const GroupedRow> table, FigureParts parts,
               std::span<GroupFigures> out) const;

  /// The same of kLanes resamples side by side, several times as fast.
  /// @param groups [rows] from 0; -1 leaves a row out. @param weights [rows, kLanes].
  /// @param out [kLanes, num_groups].
  void figures_of_lanes(std::span<const int32_t> groups,
                        std::span<const uint16_t> weights, FigureParts parts,
                        std::span<GroupFigures> out) const;
  static constexpr size_t kLanes = 8;

  /// The same of kLanes groupings side by side, every row counted once; the background's
  /// AUROCs are NaN. @param groups [rows, kLanes] below num_groups; num_groups leaves a
  /// row out. @param out [kLanes, num_groups].
  void figures_of_groupings(std::span<const uint16_t> groups, size_t num_groups,
                            FigureParts parts, std::span<GroupFigures> out) const;

  /// @param table weights above 0 count as 1; @param patients of all rows, from 0.
  std::vector<GroupCounts> counts(std::span<const GroupedRow> table,
                                  std::span<const int32_t> patients,
                                  int32_t num_groups) const;

  /// For every row of the table: bit 0 a positive case, bit 1 a negative one, bit 2
  /// predicted positive, bit 3 predicted negative; 0 where the label is masked.
  std::vector<uint8_t> outcomes(size_t num_rows) const;

  size_t size() const { return cases_.size(); }

 private:
  struct Case {
    int32_t row;
    uint8_t positive, predicted, bin;
    uint8_t ends_tie;  ///< Whether the next case has another probability.
  };
  template <size_t L, class Table>
  void accumulate(const Table& table, FigureParts parts,
                  std::span<GroupFigures> out) const;
  void figures_of_wide_lanes(std::span<const int32_t> groups,
                             std::span<const uint16_t> weights, FigureParts parts,
                             std::span<GroupFigures> out) const;

  std::vector<Case> cases_;            ///< By probability, ascending.
  std::vector<double> probabilities_;  ///< Of cases_.
};

/// Which figures of a (sample, group) are based on enough patients.
using Eligible = std::bitset<kNumGroupFigures>;

/// @return the figures of `group` that have `min_group` patients in their denominator:
/// positives and negatives for AUROC (of the group, or one of the background), positives
/// for tpr and under-diagnosis, negatives for fpr, predicted positives for ppv, else all.
/// @param counts of all groups of one sample.
Eligible eligible_figures(std::span<const GroupCounts> counts, size_t group,
                          int64_t min_group);

/// The mean of a figure over the samples (labels) in which it is eligible for `group` and
/// defined; NaN without any. @param figures, eligible [samples, groups].
double mean_figure(std::span<const GroupFigures> figures,
                   std::span<const Eligible> eligible, size_t num_groups, size_t group,
                   GroupFigure figure);

}  // namespace medgraft::statistics
