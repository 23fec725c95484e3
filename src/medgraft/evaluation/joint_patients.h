#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// The patients of several splits of one model, numbered together, so that a resample of
/// one and a resample of another can be compared. A patient (where patients are unknown:
/// a case) whose name is in several splits is one: it is drawn once for all of them, so
/// that copies of the same cases are compared in pairs. Patients of unrelated sets that
/// happen to share a name lose nothing by it: their figures do not covary.
class JointPatients {
 public:
  explicit JointPatients(const std::vector<const SplitView*>& views);

  /// @return the joint number of each row of a view, [n].
  const std::vector<int64_t>& of(size_t view) const { return index_[view]; }
  int64_t num_patients() const { return num_patients_; }
  bool are_known() const { return are_known_; }
  /// "independent", "paired" (all splits have the same patients) or "partly paired".
  const char* pairing() const;

  /// Resamples patients with replacement within strata: those of the same splits. Each
  /// split keeps its number of patients, and splits that share none are independent.
  /// @param counts [num_patients()], how often each was drawn in replicate `index`.
  void draw(uint64_t seed, int64_t index, std::span<uint16_t> counts) const;

  /// The same resamples, one at a time. @param compute fills its second argument,
  /// [figures], from patient counts.
  /// @return [options.replicates, figures], row-major.
  std::vector<double> bootstrap(
      int64_t figures, const EvaluateOptions& options,
      const std::function<void(std::span<const double>, std::span<double>)>& compute)
      const;

 private:
  std::vector<std::vector<int64_t>> index_;   ///< [views][n]
  std::vector<std::vector<int64_t>> strata_;  ///< The patients of each.
  size_t num_views_ = 0;
  int64_t num_patients_ = 0, num_in_all_ = 0;
  bool are_known_ = true;
};

}  // namespace medgraft::evaluation
