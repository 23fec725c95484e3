#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "medgraft/models/case_network.h"
#include "medgraft/train/case_source.h"
#include "medgraft/train/checkpoint.h"
#include "medgraft/train/run_config.h"
#include "medgraft/train/run_writer.h"

namespace medgraft::train {

/// What happens outside while a network trains.
struct LoopEnvironment {
  const std::atomic<int>* stop_signal = nullptr;  ///< Not 0: checkpoint and stop.
  /// Called after each step: steps done, images a second, loss.
  std::function<void(int64_t, double, double)> progress;
  nlohmann::json determinism;
  std::string description;  ///< What log.txt begins with.
};

/// Trains `network` on `training`, scoring `validation` every `train.evaluate_every`
/// steps and at the end; picks up from the run directory's checkpoint if it has one.
/// @param config resolved.
/// @return the selected weights: the earliest best on validation, or the last where there
/// is no validation set or its metric is undefined.
/// @throws UserError where the loss is not a number, naming step, cases (hashed) and
/// advice; Stopped (75, or 130 after SIGINT) once a checkpoint is written.
Best fit(const RunConfig& config, models::CaseNetwork& network, const CaseSet& training,
         const CaseSet& validation, RunWriter& writer,
         const LoopEnvironment& environment);

}  // namespace medgraft::train
