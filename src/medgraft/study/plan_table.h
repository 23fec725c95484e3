#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "medgraft/study/run_directory.h"

namespace medgraft::study {

/// A row of plan.csv: one run.
struct PlanRow {
  std::string id;  ///< 64 hexadecimal digits; the run is in runs/ID.
  std::string
      upstream;  ///< "photos" where trained on all of its data, else "photos@0.25".
  std::string architecture;
  std::string task;        ///< Empty: the training of an upstream.
  int64_t resolution = 0;  ///< Pixels a side.
  double fraction =
      1;  ///< Of the task's patients; of the upstream's own data without one.
  int64_t seed = 0;
  RunStatus status = RunStatus::kPending;
  double upstream_fraction = 1;
  int64_t upstream_seed = 0;
  std::string upstream_id;  ///< Run that it starts from; empty: scratch or a checkpoint.
  std::string arm;          ///< "UPSTREAM ARCHITECTURE", such as "photos@0.25 R14x0.5".

  bool is_upstream() const { return task.empty(); }
};

/// A row of search.csv: one trial of a learning rate, in searches/ID.
struct SearchRow {
  PlanRow trial;  ///< `seed` is the search's.
  double lr = 0;
  double score = 0;     ///< Best validation value of the primary metric; NaN if not done.
  bool chosen = false;  ///< Whether the arm's runs train at this rate.
};

/// What a search chose for one arm, task, resolution and fraction.
struct LearningRateChoice {
  std::string upstream, architecture, task;
  int64_t resolution = 0;
  double fraction = 1;
  double lr = 0;
  double score = 0;      ///< Mean over the search's seeds.
  bool at_edge = false;  ///< The smallest or largest rate tried, of several.
  std::vector<double> rates;
};

/// @return the content of plan.csv.
std::string plan_table_text(const std::vector<PlanRow>& rows);
/// @throws UserError naming file, line and column.
std::vector<PlanRow> read_plan_table(const std::filesystem::path& file);

/// @return the content of search.csv: the columns of plan.csv, then lr, score and chosen.
std::string search_table_text(const std::vector<SearchRow>& rows);
/// @throws UserError naming file, line and column.
std::vector<SearchRow> read_search_table(const std::filesystem::path& file);

/// @return one choice a search of which a row is marked as chosen, in the table's order.
std::vector<LearningRateChoice> choices_of(const std::vector<SearchRow>& rows);

}  // namespace medgraft::study
