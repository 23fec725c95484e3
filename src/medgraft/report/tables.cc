#include "medgraft/report/tables.h"

#include <set>

#include "medgraft/report/contrasts.h"
#include "medgraft/report/study_cells.h"
#include "medgraft/report/training_progress.h"

namespace medgraft::report {
namespace {

using evaluation::Metric;

constexpr Metric kCellMetrics[] = {Metric::kAuroc, Metric::kAccuracy, Metric::kNll,
                                   Metric::kBrier, Metric::kEce};

}  // namespace

evaluation::CellOptions cell_options_of(const TableOptions& options) {
  evaluation::CellOptions out;
  out.replicates = options.replicates;
  out.threads = options.threads;
  return out;
}

ReportTables make_tables(const study::StudyResults& results,
                         const TableOptions& options) {
  ReportTables tables;
  tables.primary = results.config.analysis.primary;
  const auto primary = evaluation::parse_metric(tables.primary);
  const auto& margins = results.config.analysis.margins;
  if (margins.contains(tables.primary)) tables.margin = margins.at(tables.primary);
  tables.baseline_arm = baseline_arm_of(results.config);

  const auto cell_options = cell_options_of(options);
  const auto cells = read_study_cells(results);
  std::set<Metric> metrics(std::begin(kCellMetrics), std::end(kCellMetrics));
  metrics.insert(primary);
  for (const auto& [key, cell] : cells) {
    CellRow row{key, cell.arm, cell.num_planned, {}};
    for (const auto metric : metrics) {
      if (cell.seeds.empty()) break;
      row.metrics[name_of(metric)] =
          evaluation::estimate_cell(cell.runs(), metric, cell_options);
    }
    tables.cells.push_back(row);
  }
  tables.contrasts = make_contrasts(cells, tables.cells,
                                    {primary, tables.margin, tables.baseline_arm,
                                     scratch_upstream_of(results.config), cell_options});
  tables.curves = make_curves(results, tables.primary);
  tables.efficiency = make_efficiency(cells, tables.baseline_arm, primary, cell_options);
  tables.convergence = make_convergence(results, tables.baseline_arm, primary);
  return tables;
}

}  // namespace medgraft::report
