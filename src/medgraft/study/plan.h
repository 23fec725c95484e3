#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "medgraft/study/plan_table.h"
#include "medgraft/study/study_file.h"
#include "medgraft/train/run_config.h"

namespace medgraft::study {

/// One run to do: a training of an upstream, a fine-tuning, or a trial of a search.
struct PlannedRun {
  PlanRow row;
  /// As `medgraft pretrain` or `finetune` takes it, but for `model.init` where it starts
  /// from another run (row.upstream_id) and `train.lr` where a search chooses it.
  train::RunConfig config;
  std::optional<size_t> search;  ///< Index into Plan::searches, of a run or a trial.
};

/// The learning-rate trials of one arm, task, resolution and fraction.
struct Search {
  std::vector<size_t> trials;  ///< Indices into Plan::trials.
  std::vector<double> rates;
};

/// Everything that a study does.
struct Plan {
  StudyConfig config;  ///< As resolved: nothing is left to be chosen later.
  std::vector<PlannedRun>
      runs;  ///< Upstreams first, then fine-tunings; rows of plan.csv.
  std::vector<PlannedRun> trials;  ///< Rows of search.csv.
  std::vector<Search> searches;
  std::set<std::string> unaudited;  ///< Training data whose pixels nobody audited.
};

/// The product of upstreams, architectures, tasks, resolutions, fractions and seeds.
/// Reads manifests and hashes checkpoints.
/// @throws UserError naming what is missing or wrong.
Plan make_plan(const Study& study);

/// @return the run's configuration file, which stands in its own folder: an upstream is
/// named relative to it, so that the study's folder may move. `lr` is the search's
/// choice.
std::string config_text(const PlannedRun& run, std::optional<double> lr, bool is_trial);

/// @return "runs/ID" or, of a trial, "searches/ID".
std::filesystem::path folder_of(const PlannedRun& run, bool is_trial);

}  // namespace medgraft::study
