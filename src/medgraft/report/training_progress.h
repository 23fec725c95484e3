#pragma once

#include <vector>

#include "medgraft/report/study_cells.h"
#include "medgraft/report/tables.h"

namespace medgraft::report {

/// How much data each arm needs for the baseline's full-data value, by task, resolution
/// and split; empty where every task has one fraction.
std::vector<EfficiencyRow> make_efficiency(const StudyCells& cells,
                                           const std::string& baseline_arm,
                                           evaluation::Metric metric,
                                           const evaluation::CellOptions& options);

/// How fast each arm's finished runs converge on validation, by task, resolution and
/// fraction.
std::vector<ConvergenceRow> make_convergence(const study::StudyResults& results,
                                             const std::string& baseline_arm,
                                             evaluation::Metric metric);

/// The mean validation curve of every cell's runs.
std::vector<CurvePoint> make_curves(const study::StudyResults& results,
                                    const std::string& metric);

}  // namespace medgraft::report
