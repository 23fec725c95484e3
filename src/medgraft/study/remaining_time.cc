#include "medgraft/study/remaining_time.h"

#include <algorithm>
#include <limits>

namespace medgraft::study {
namespace {

double work_of(const PlannedRun& run) {
  // A run whose steps are not known yet (epochs of an upstream) counts as HyperRule's
  // least.
  constexpr int64_t kUnknownSteps = 500;
  const auto& config = run.config;
  const auto side = static_cast<double>(run.row.resolution);
  return static_cast<double>(config.train.steps.value_or(kUnknownSteps)) *
         static_cast<double>(config.train.batch) * side * side;
}

}  // namespace

void RemainingTime::add(const PlannedRun& run, double seconds) {
  seconds_ += seconds;
  work_ += work_of(run);
}

double RemainingTime::seconds(const std::vector<const PlannedRun*>& left,
                              int workers) const {
  if (work_ <= 0) return std::numeric_limits<double>::quiet_NaN();
  double work = 0;
  for (const auto* run : left) work += work_of(*run);
  const auto at_once =
      std::clamp<double>(static_cast<double>(left.size()), 1, std::max(1, workers));
  return work * seconds_ / work_ / at_once;
}

}  // namespace medgraft::study
