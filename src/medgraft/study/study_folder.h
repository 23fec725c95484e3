#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/study/claim.h"
#include "medgraft/study/index.h"
#include "medgraft/study/plan.h"

namespace medgraft::study {

/// Makes `folder` the folder of `plan`'s study and writes study.toml; a study that was
/// edited is written anew, and every version is kept in study_history.jsonl with its hash
/// and its claims (primary metric, margins), so that later changes can be seen.
/// @throws UserError if the folder holds another study, or other files (unless `force`).
void open_study_folder(const Plan& plan, const std::filesystem::path& folder, bool force);

/// Counts of runs by status.
struct RunCounts {
  int64_t total = 0, done = 0, failed = 0, running = 0, pending = 0;
};

/// A run and what its folder says. `row.status` knows of claims: a run whose process died
/// is pending.
struct RunState {
  PlanRow row;
  RunRecord record;
  double score = std::numeric_limits<double>::quiet_NaN();  ///< Of a trial that is done.
};

/// What the run directories of a plan say, in its order.
struct StudyState {
  std::vector<RunState> runs, trials;
  /// By search: the chosen rate, once its trials have ended (or a run that is done
  /// tells).
  std::vector<std::optional<double>> rates;
};

StudyState read_study_state(const Plan& plan, const std::filesystem::path& folder,
                            const ClaimOptions& options);

RunCounts count_runs(const std::vector<RunState>& runs);

/// Whether a trial failed because its rate is too high: a result of the search, not a
/// failure of the study.
bool has_diverged(const RunRecord& record);

/// @return the best validation value of the study's primary metric in a trial's
/// metrics.jsonl; NaN if it is not done or has none.
double trial_score(const Plan& plan, const RunState& trial,
                   const std::filesystem::path& trial_folder);

/// @return the rate with the best mean score over the search's seeds, ties to the
/// smaller; nothing while a trial has yet to end. Rates at which a trial diverged are
/// out.
std::optional<double> choose_rate(const Plan& plan, const Search& search,
                                  const std::vector<RunState>& trials);

/// Writes plan.csv and search.csv, each only if it changes.
void write_tables(const Plan& plan, const StudyState& state,
                  const std::filesystem::path& folder);

/// @return the rows that study.sqlite holds.
std::vector<IndexedRun> indexed_runs(const Plan& plan, const StudyState& state);

}  // namespace medgraft::study
