#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "medgraft/study/plan_table.h"
#include "medgraft/study/run_directory.h"
#include "medgraft/study/study_config.h"

namespace medgraft::study {

/// One run of the plan (or trial of a search) and what it has left behind so far.
struct RunResult {
  PlanRow row;                   ///< `row.id` is the hash of the run's configuration.
  std::filesystem::path folder;  ///< Whether it exists or not.
  RunRecord record;
  std::map<std::string, std::filesystem::path>
      predictions;  ///< "val", "test", "ood-NAME".

  /// metrics.jsonl, read when asked for.
  RunCurve curve() const { return read_run_curve(folder); }
};

/// A study's folder, read; nothing is computed or written.
struct StudyResults {
  std::filesystem::path folder;
  StudyConfig config;       ///< As resolved: paths are absolute.
  std::string config_hash;  ///< SHA-256 of what determines the results and the claims.
  std::vector<RunResult> runs;    ///< In the order of plan.csv; upstreams have no task.
  std::vector<SearchRow> search;  ///< Trials of learning-rate searches, from search.csv.
  std::vector<LearningRateChoice> choices;  ///< One a search that has ended.
};

/// @throws UserError if `folder` holds no study.toml or no plan.csv.
StudyResults read_study_results(const std::filesystem::path& folder);

/// @return SHA-256 of the fields of `config` that determine results and claims: no paths.
std::string study_hash(const StudyConfig& config);

}  // namespace medgraft::study
