#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "medgraft/study/claim.h"
#include "medgraft/study/plan.h"
#include "medgraft/study/study_folder.h"

namespace medgraft::study {

/// How far a study is, as its scheduler tells whoever watches.
struct Progress {
  std::string event;  ///< What just happened, one line.
  RunCounts runs, trials;
  double remaining_seconds = 0;  ///< An estimate; NaN before the first run has ended.
};

struct SchedulerOptions {
  std::filesystem::path folder;   ///< Of the study, opened.
  std::filesystem::path program;  ///< That does the runs: medgraft-compute.
  int workers = 1;
  int threads = 1;  ///< Of each worker.
  std::string device = "auto";
  ClaimOptions claims;
  double heartbeat_seconds = 20;
  /// From the request to stop until workers that have not checkpointed are killed.
  double grace_seconds = 120;
  /// @return the signal that asks to stop; 0 while there is none.
  std::function<int()> stop_signal = [] { return 0; };
  std::function<void(const Progress&)> report = [](const Progress&) {};
};

struct ScheduleOutcome {
  StudyState state;
  int stop_signal = 0;      ///< The signal that ended it early, after clean checkpoints.
  int num_interrupted = 0;  ///< Runs that checkpointed and stopped without being asked.
  int64_t num_failed = 0;   ///< Runs and trials that failed, but for rates that diverged.
};

/// Does what is left of a plan, with worker processes: upstreams, then the trials of
/// searches, then fine-tunings, each as soon as what it needs is done. A failed run is
/// recorded and the rest goes on; runs that another scheduler holds are waited for.
/// Killed at any moment, the same call goes on where it was.
/// @throws UserError where the folder cannot be written or the program not started.
ScheduleOutcome run_study(const Plan& plan, const SchedulerOptions& options);

}  // namespace medgraft::study
