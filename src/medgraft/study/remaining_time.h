#pragma once

#include <vector>

#include "medgraft/study/plan.h"

namespace medgraft::study {

/// Estimates how long what is left of a plan takes from what has been done: time is
/// proportional to training images seen times their pixels.
class RemainingTime {
 public:
  void add(const PlannedRun& run, double seconds);
  /// @return for `workers` at once; NaN before the first run has ended.
  double seconds(const std::vector<const PlannedRun*>& left, int workers) const;

 private:
  double seconds_ = 0, work_ = 0;
};

}  // namespace medgraft::study
