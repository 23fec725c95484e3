#include "evaluate_study.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/study/study_results.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using evaluation::Cell;
using study::PlanRow;

// What a cell's rivals share: task, resolution and fraction.
std::string place_of(const PlanRow& row) {
  return text(row.resolution, "/", format_number(row.fraction));
}

std::string group_name(const std::string& prefix, const PlanRow& row) {
  return text(prefix, row.task, "/", place_of(row));
}

std::string cell_name(const std::string& prefix, const PlanRow& row,
                      const std::string& arm) {
  return text(prefix, row.task, "/", arm, "/", place_of(row));
}

std::string arm_name(const std::string& upstream, const std::string& architecture) {
  return upstream + " " + architecture;
}

// Arms that this one is compared with, the study's baseline first.
std::vector<std::string> rivals_of(const PlanRow& row, const study::StudyConfig& config) {
  std::vector<std::string> rivals;
  if (config.study.baseline) {
    rivals.push_back(
        arm_name(config.study.baseline->upstream, config.study.baseline->architecture));
  }
  for (const auto& upstream : config.upstream) {
    if (!upstream.dataset.value.empty() || !upstream.checkpoint.value.empty()) continue;
    const auto scratch = arm_name(upstream.name, row.architecture);
    if (std::find(rivals.begin(), rivals.end(), scratch) == rivals.end()) {
      rivals.push_back(scratch);
    }
  }
  std::erase(rivals, row.arm);
  return rivals;
}

// Contrasts of one cell. The baseline itself is compared with nobody.
void add_contrasts(const std::string& prefix, const PlanRow& row,
                   const study::StudyConfig& config, StudyInput& out) {
  if (!config.study.baseline) return;
  const auto baseline =
      arm_name(config.study.baseline->upstream, config.study.baseline->architecture);
  if (row.arm == baseline) return;
  const auto own = cell_name(prefix, row, row.arm);
  for (const auto& rival : rivals_of(row, config)) {
    const auto other = cell_name(prefix, row, rival);
    const auto primary =
        rival == baseline
            ? std::optional(evaluation::parse_metric(config.analysis.primary))
            : std::nullopt;
    out.contrasts.push_back({own, other, prefix + row.task, primary});
  }
}

Cell& cell_of(const std::string& prefix, const PlanRow& row,
              const study::StudyConfig& config, StudyInput& out) {
  const auto name = cell_name(prefix, row, row.arm);
  const auto found = std::find_if(out.cells.begin(), out.cells.end(),
                                  [&](const Cell& cell) { return cell.name == name; });
  if (found != out.cells.end()) return *found;
  add_contrasts(prefix, row, config, out);
  out.cells.push_back({name, {}, 0, group_name(prefix, row)});
  return out.cells.back();
}

}  // namespace

bool is_study_folder(const std::string& path) {
  return fs::is_regular_file(fs::path(path) / "study.toml") &&
         fs::is_regular_file(fs::path(path) / "plan.csv");
}

StudyInput read_study_input(const std::string& folder, const std::string& prefix) {
  const auto results = study::read_study_results(folder);
  StudyInput out;
  out.margins = results.config.analysis.margins;
  int64_t planned = 0;
  for (const auto& run : results.runs) {
    if (run.row.is_upstream()) continue;
    ++planned;
    auto& cell = cell_of(prefix, run.row, results.config, out);
    ++cell.num_planned;
    if (run.record.status != study::RunStatus::kDone || run.predictions.empty()) continue;
    auto model = evaluation::read_model(run.folder.string());
    model.name = text(cell.name, "/", run.row.seed);
    model.group = cell.group;
    cell.members.push_back(model.name);
    out.models.push_back(std::move(model));
  }
  require(!out.models.empty(), folder, " holds a study of which no run is done yet (",
          planned, " planned); run it first");
  std::erase_if(out.cells, [](const Cell& cell) { return cell.members.empty(); });
  out.description = {{"folder", folder},
                     {"name", results.config.study.name},
                     {"config_hash", results.config_hash},
                     {"primary", results.config.analysis.primary},
                     {"margins", results.config.analysis.margins},
                     {"runs_planned", planned},
                     {"runs_evaluated", out.models.size()}};
  return out;
}

void add_study(StudyInput study, std::vector<evaluation::Model>& models,
               evaluation::EvaluateOptions& options) {
  for (const auto& [metric, margin] : study.margins) {
    const auto [stated, is_new] = options.margins.emplace(metric, margin);
    require(is_new || stated->second == margin, "the margin of ", metric, " is ", margin,
            " in the study and ", stated->second,
            " elsewhere; the study's own, fixed before test data were read, is accepted");
  }
  std::move(study.models.begin(), study.models.end(), std::back_inserter(models));
  std::move(study.cells.begin(), study.cells.end(), std::back_inserter(options.cells));
  std::move(study.contrasts.begin(), study.contrasts.end(),
            std::back_inserter(options.contrasts));
}

}  // namespace medgraft::app
