#include "medgraft/report/study_cells.h"

#include <set>

namespace medgraft::report {

std::vector<const evaluation::Predictions*> Cell::pointers() const {
  std::vector<const evaluation::Predictions*> out;
  for (const auto& seed : seeds) out.push_back(&seed);
  return out;
}

StudyCells read_study_cells(const study::StudyResults& results) {
  StudyCells cells;
  for (const auto& run : results.runs) {
    const auto& row = run.row;
    if (row.is_upstream()) continue;
    std::set<std::string> splits = {"test"};
    for (const auto& [split, _] : run.predictions) {
      if (split.starts_with("ood-")) splits.insert(split);
    }
    for (const auto& split : splits) {
      auto& cell = cells[{row.task, row.resolution, row.fraction, split, row.upstream,
                          row.architecture}];
      cell.arm = row.arm;
      ++cell.num_planned;
      const auto found = run.predictions.find(split);
      if (run.record.status != study::RunStatus::kDone ||
          found == run.predictions.end()) {
        continue;
      }
      cell.seeds.push_back(evaluation::read_predictions(found->second));
    }
  }
  return cells;
}

std::string baseline_arm_of(const study::StudyConfig& config) {
  if (!config.study.baseline) return "";
  return config.study.baseline->upstream + " " + config.study.baseline->architecture;
}

std::string scratch_upstream_of(const study::StudyConfig& config) {
  for (const auto& upstream : config.upstream) {
    if (upstream.dataset.value.empty() && upstream.checkpoint.value.empty()) {
      return upstream.name;
    }
  }
  return "";
}

}  // namespace medgraft::report
