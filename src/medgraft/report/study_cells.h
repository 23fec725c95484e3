#pragma once

#include <map>
#include <string>
#include <vector>

#include "medgraft/evaluation/cells.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/report/tables.h"
#include "medgraft/study/study_results.h"

namespace medgraft::report {

/// The finished runs of one cell.
struct Cell {
  std::string arm;
  int64_t num_planned = 0;
  std::vector<evaluation::Predictions> seeds;
  /// Of each seed, frozen on its validation predictions (STATISTICS.md section 2).
  std::vector<std::vector<double>> thresholds;

  std::vector<evaluation::ScoredRun> runs() const;
};

using StudyCells = std::map<CellKey, Cell>;

/// Reads the test and OOD predictions of the runs that are done.
StudyCells read_study_cells(const study::StudyResults& results);

/// @return the baseline's arm, "scratch R14x0.5"; "" where the study states none.
std::string baseline_arm_of(const study::StudyConfig& config);

/// @return the upstream that is random initialization; "" where there is none.
std::string scratch_upstream_of(const study::StudyConfig& config);

}  // namespace medgraft::report
