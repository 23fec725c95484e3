#include "medgraft/report/study_cells.h"

#include <set>

#include "medgraft/evaluation/threshold_rule.h"

namespace medgraft::report {

namespace {

// Youden's on the run's validation predictions; empty, for 0.5, where it has none.
std::vector<double> thresholds_of(const study::RunResult& run) {
  const auto found = run.predictions.find("val");
  if (found == run.predictions.end()) return {};
  const auto predictions = evaluation::read_predictions(found->second);
  return evaluation::frozen_thresholds(predictions, {});
}

}  // namespace

std::vector<evaluation::ScoredRun> Cell::runs() const {
  std::vector<evaluation::ScoredRun> out;
  for (size_t s = 0; s < seeds.size(); ++s) out.push_back({&seeds[s], thresholds[s]});
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
    const auto thresholds = thresholds_of(run);
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
      cell.thresholds.push_back(thresholds);
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
