#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/evaluation/cells.h"
#include "medgraft/evaluation/convergence.h"
#include "medgraft/evaluation/data_efficiency.h"
#include "medgraft/statistics/verdict.h"
#include "medgraft/study/study_results.h"

namespace medgraft::report {

using statistics::Verdict;

/// What a figure is about: all runs that differ in nothing but their seed.
struct CellKey {
  std::string task;
  int64_t resolution = 0;
  double fraction = 1;
  std::string split, upstream, architecture;
  auto operator<=>(const CellKey&) const = default;
};

struct CellRow {
  CellKey key;
  std::string arm;  ///< "photos R14x0.5"
  int64_t num_planned = 0;
  std::map<std::string, evaluation::CellEstimate> metrics;
};

/// An arm against the baseline, or against its own architecture from scratch, in one
/// cell.
struct ContrastRow {
  CellKey key;
  std::string arm, baseline, metric;
  evaluation::Contrast contrast;
  evaluation::CellEstimate baseline_cell;  ///< The baseline's own, absolute figure.
  int64_t num_seeds = 0;                   ///< The smaller of the two arms'.
  bool is_of_baseline = true;  ///< Else of the same architecture from scratch.
  double p_adjusted = 1;
  bool is_primary = false;  ///< In the family that verdicts are about; else exploratory.
  Verdict verdict = Verdict::kInconclusive;
};

/// The mean validation curve of a cell's runs.
struct CurvePoint {
  CellKey key;
  std::string arm;
  int64_t step = 0, num_runs = 0;
  double value = 0;
};

/// How much data an arm needs: `key` states task, resolution, split and arm.
struct EfficiencyRow {
  CellKey key;
  evaluation::ArmEfficiency found;
};

/// How fast an arm converges in one cell; the split is "val".
struct ConvergenceRow {
  CellKey key;
  evaluation::ArmConvergence found;
};

/// Every number of the report.
struct ReportTables {
  std::string primary;
  std::optional<double> margin;
  std::string baseline_arm;  ///< Empty where there is one arm only.
  std::vector<CellRow> cells;
  std::vector<ContrastRow> contrasts;
  std::vector<CurvePoint> curves;
  std::vector<EfficiencyRow> efficiency;
  std::vector<ConvergenceRow> convergence;
};

struct TableOptions {
  int64_t replicates = 2000;
  int threads = 2;
};

evaluation::CellOptions cell_options_of(const TableOptions& options);

/// Scores test and OOD splits of the runs that are done.
ReportTables make_tables(const study::StudyResults& results, const TableOptions& options);

/// @return file name to CSV text: cells.csv, contrasts.csv, curves.csv,
/// learning_curves.csv, data_efficiency.csv, convergence.csv.
std::map<std::string, std::string> to_csv(const ReportTables& tables);

}  // namespace medgraft::report
