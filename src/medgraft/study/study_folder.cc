#include "medgraft/study/study_folder.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/study/study_results.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Keys of a table without what is unset, so that a reader sees what was decided.
json without_nulls(const json& values) {
  if (values.is_array()) {
    auto out = json::array();
    for (const auto& item : values) out.push_back(without_nulls(item));
    return out;
  }
  if (!values.is_object()) return values;
  auto out = json::object();
  for (const auto& [key, value] : values.items()) {
    if (!value.is_null()) out[key] = without_nulls(value);
  }
  return out;
}

bool holds(const fs::path& file, const std::string& content) {
  return fs::is_regular_file(file) && read_file(file) == content;
}

void append_history(const Plan& plan, const fs::path& folder) {
  const json line{{"time", utc_now()},
                  {"config_hash", study_hash(plan.config)},
                  {"analysis", config::fields_to_json(plan.config.analysis)}};
  std::ofstream stream(folder / "study_history.jsonl", std::ios::app);
  stream << line.dump() << '\n' << std::flush;
  require(stream.good(), "cannot write ", (folder / "study_history.jsonl").string());
}

RunState state_of(const PlannedRun& run, const fs::path& run_folder,
                  const fs::path& claims, const ClaimOptions& options) {
  RunState state{run.row, read_run_record(run_folder), kNan};
  auto& status = state.row.status;
  status = state.record.status;
  if (status == RunStatus::kDone) return state;
  if (is_claimed(claims, run.row.id, options)) {
    status = RunStatus::kRunning;
  } else if (status == RunStatus::kRunning) {
    status = RunStatus::kPending;  // Its process has died.
  }
  return state;
}

bool smaller_is_better(const std::string& metric) {
  return metric == "nll" || metric == "brier" || metric.starts_with("ece");
}

// The rate at which a run of the search that is done was trained: its trials may be gone.
std::optional<double> rate_of_done_runs(const Plan& plan, size_t search,
                                        const std::vector<RunState>& runs) {
  for (size_t i = 0; i < plan.runs.size(); ++i) {
    if (plan.runs[i].search != search || runs[i].row.status != RunStatus::kDone) continue;
    const auto lr = runs[i].record.values.value("/config/train/lr"_json_pointer, json());
    if (lr.is_number()) return lr.get<double>();
  }
  return std::nullopt;
}

}  // namespace

void open_study_folder(const Plan& plan, const fs::path& folder, bool force) {
  const auto file = folder / "study.toml";
  const bool exists = fs::is_regular_file(file);
  if (exists) {
    const auto earlier = config::read_toml(file);
    const auto name = earlier.values.value("/study/name"_json_pointer, json());
    require(force || name == plan.config.study.name, folder.string(), " holds the study ",
            name.dump(), ", not \"", plan.config.study.name,
            "\"; choose another --out, or pass --force");
  }
  create_output_folder(folder, force || exists);
  for (const char* name : {"runs", "searches", "claims"}) {
    fs::create_directories(folder / name);
  }
  const auto content =
      config::to_toml(without_nulls(config::fields_to_json(plan.config)));
  if (holds(file, content)) return;
  append_history(plan, folder);
  write_file_atomically(file, content);
}

StudyState read_study_state(const Plan& plan, const fs::path& folder,
                            const ClaimOptions& options) {
  StudyState state;
  for (const auto& run : plan.runs) {
    state.runs.push_back(
        state_of(run, folder / folder_of(run, false), folder / "claims", options));
  }
  for (const auto& trial : plan.trials) {
    const auto at = folder / folder_of(trial, true);
    state.trials.push_back(state_of(trial, at, folder / "claims", options));
    state.trials.back().score = trial_score(plan, state.trials.back(), at);
  }
  for (size_t i = 0; i < plan.searches.size(); ++i) {
    auto rate = choose_rate(plan, plan.searches[i], state.trials);
    state.rates.push_back(rate ? rate : rate_of_done_runs(plan, i, state.runs));
  }
  return state;
}

RunCounts count_runs(const std::vector<RunState>& runs) {
  RunCounts counts;
  for (const auto& run : runs) {
    ++counts.total;
    switch (run.row.status) {
      case RunStatus::kDone:
        ++counts.done;
        break;
      case RunStatus::kFailed:
        ++counts.failed;
        break;
      case RunStatus::kRunning:
        ++counts.running;
        break;
      case RunStatus::kPending:
        ++counts.pending;
        break;
    }
  }
  return counts;
}

bool has_diverged(const RunRecord& record) {
  if (record.status != RunStatus::kFailed) return false;
  // As the training loop words it ("the loss is nan at step 12").
  for (const char* words : {"the loss is nan", "the loss is inf", "the loss is -inf"}) {
    if (record.reason.find(words) != std::string::npos) return true;
  }
  return false;
}

double trial_score(const Plan& plan, const RunState& trial,
                   const fs::path& trial_folder) {
  if (trial.row.status != RunStatus::kDone) return kNan;
  const auto& metric = plan.config.analysis.primary;
  double best = kNan;
  for (const auto& point : read_run_curve(trial_folder).evaluations) {
    const auto found = point.metrics.find(metric);
    if (point.split != "val" || found == point.metrics.end()) continue;
    const double value = found->second;
    const bool better = smaller_is_better(metric) ? value < best : value > best;
    if (std::isnan(best) || better) best = value;
  }
  const auto& kept = trial.record.best;
  return std::isnan(best) && kept && kept->metric == metric ? kept->value : best;
}

std::optional<double> choose_rate(const Plan& plan, const Search& search,
                                  const std::vector<RunState>& trials) {
  const auto& metric = plan.config.analysis.primary;
  std::map<double, double> sums;  // By rate, smallest first, so that ties go to it.
  for (const size_t index : search.trials) {
    const auto& trial = trials[index];
    const bool is_done = trial.row.status == RunStatus::kDone;
    if (!is_done && !has_diverged(trial.record)) return std::nullopt;
    sums[*plan.trials[index].config.train.lr] += is_done ? trial.score : kNan;
  }
  std::optional<double> chosen;
  for (const auto& [lr, sum] : sums) {
    if (std::isnan(sum)) continue;
    const bool better = chosen && (smaller_is_better(metric) ? sum < sums.at(*chosen)
                                                             : sum > sums.at(*chosen));
    if (!chosen || better) chosen = lr;
  }
  return chosen;
}

void write_tables(const Plan& plan, const StudyState& state, const fs::path& folder) {
  std::vector<PlanRow> rows;
  for (const auto& run : state.runs) rows.push_back(run.row);
  const auto plan_text = plan_table_text(rows);
  if (!holds(folder / "plan.csv", plan_text)) {
    write_file_atomically(folder / "plan.csv", plan_text);
  }
  if (plan.trials.empty()) return;
  std::vector<SearchRow> search;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const auto& trial = plan.trials[i];
    SearchRow row;
    row.trial = state.trials[i].row;
    row.lr = *trial.config.train.lr;
    row.score = state.trials[i].score;
    row.chosen = state.rates[*trial.search] == row.lr;
    search.push_back(std::move(row));
  }
  const auto search_text = search_table_text(search);
  if (!holds(folder / "search.csv", search_text)) {
    write_file_atomically(folder / "search.csv", search_text);
  }
}

std::vector<IndexedRun> indexed_runs(const Plan& plan, const StudyState& state) {
  std::vector<IndexedRun> rows;
  for (const auto& run : state.runs) rows.push_back({run.row, false, kNan, run.record});
  for (size_t i = 0; i < state.trials.size(); ++i) {
    rows.push_back({state.trials[i].row, true, *plan.trials[i].config.train.lr,
                    state.trials[i].record});
  }
  return rows;
}

}  // namespace medgraft::study
