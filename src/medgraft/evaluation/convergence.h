#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/statistics/convergence.h"

namespace medgraft::evaluation {

/// What one finished run says of its training.
struct TrainingRun {
  statistics::ValidationCurve curve;
  double epochs_per_step = 0;  ///< 0: not known.
  std::string schedule;        ///< Everything that shapes the learning rate over steps.
};

struct ArmTraining {
  std::string arm;
  std::vector<TrainingRun> runs;  ///< Of one task, resolution and fraction.
};

/// When an arm's runs got somewhere.
struct ArrivalTimes {
  std::vector<statistics::EventTime> runs;  ///< In the arm's order.
  statistics::EventSummary summary;
  statistics::CensoredInterval ratio;  ///< To the baseline's; undefined without.
};

/// How fast one arm converges (STATISTICS.md section 7).
struct ArmConvergence {
  std::string arm, baseline;
  double final_value = 0;           ///< Mean over runs of the smoothed final value.
  double baseline_final_value = 0;  ///< NaN without a baseline.
  ArrivalTimes own_final;           ///< First within 0.005 of the run's own final value.
  ArrivalTimes baseline_final;      ///< First of two evaluations at the baseline's.
  double epochs_per_step = 0;       ///< 0: not known.
  double late_gain = 0;             ///< Of the runs' mean curve; NaN: not known.
  bool is_still_improving = false;  ///< By more than the tolerance in the last fifth.
  std::string reason;  ///< Why it is not comparable with the baseline; else empty.
};

/// @param baseline the name of one of `arms`; where it is none, or has no runs, nothing
/// is compared. Arms without runs are left out.
std::vector<ArmConvergence> convergence(const std::vector<ArmTraining>& arms,
                                        const std::string& baseline,
                                        bool higher_is_better);

/// {arm, baseline, final_value, baseline_final_value, own_final: {steps, epochs, ratio,
/// n_reached, n_runs, runs}, baseline_final: {...}, late_gain, still_improving, reason}
nlohmann::json convergence_json(const ArmConvergence& entry);

/// "100 steps (after 75)", "> 150 steps".
std::string time_text(const statistics::EventTime& time);

}  // namespace medgraft::evaluation
