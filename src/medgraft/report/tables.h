#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/evaluation/cells.h"
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

/// An arm against the baseline in one cell.
struct ContrastRow {
  CellKey key;
  std::string arm, metric;
  evaluation::Contrast contrast;
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

/// Every number of the report.
struct ReportTables {
  std::string primary;
  std::optional<double> margin;
  std::string baseline_arm;  ///< Empty where there is one arm only.
  std::vector<CellRow> cells;
  std::vector<ContrastRow> contrasts;
  std::vector<CurvePoint> curves;
};

struct TableOptions {
  int64_t replicates = 2000;
  int threads = 2;
};

/// Scores test and OOD splits of the runs that are done.
ReportTables make_tables(const study::StudyResults& results, const TableOptions& options);

/// @return file name to CSV text: cells.csv, contrasts.csv, curves.csv.
std::map<std::string, std::string> to_csv(const ReportTables& tables);

}  // namespace medgraft::report
