#include "medgraft/report/progress_json.h"

#include "medgraft/report/study_cells.h"
#include "medgraft/report/training_progress.h"

namespace medgraft::report {

using nlohmann::json;

json progress_json(const ReportTables& tables) {
  json out = {{"data_efficiency", json::array()}, {"convergence", json::array()}};
  for (const auto& [key, entry] : tables.efficiency) {
    auto value = evaluation::data_efficiency_json(entry);
    value.update(
        {{"task", key.task}, {"resolution", key.resolution}, {"split", key.split}});
    out["data_efficiency"].push_back(std::move(value));
  }
  for (const auto& [key, entry] : tables.convergence) {
    auto value = evaluation::convergence_json(entry);
    value.update({{"task", key.task},
                  {"resolution", key.resolution},
                  {"fraction", key.fraction},
                  {"metric", tables.primary}});
    out["convergence"].push_back(std::move(value));
  }
  return out;
}

json progress_json(const study::StudyResults& results, const TableOptions& options) {
  ReportTables tables;
  tables.primary = results.config.analysis.primary;
  const auto metric = evaluation::parse_metric(tables.primary);
  const auto baseline = baseline_arm_of(results.config);
  tables.efficiency = make_efficiency(read_study_cells(results), baseline, metric,
                                      cell_options_of(options));
  tables.convergence = make_convergence(results, baseline, metric);
  return progress_json(tables);
}

}  // namespace medgraft::report
