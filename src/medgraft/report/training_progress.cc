#include "medgraft/report/training_progress.h"

#include <algorithm>
#include <tuple>

namespace medgraft::report {
namespace {

using nlohmann::json;

// What shapes the learning rate over the steps, but not its peak, which is searched.
std::string schedule_of(const study::RunRecord& record) {
  const json::json_pointer place("/config/train");
  if (!record.values.is_object() || !record.values.contains(place)) return "";
  const auto& train = record.values.at(place);
  if (!train.is_object()) return "";
  json schedule;
  for (const char* name : {"steps", "epochs", "batch", "schedule", "milestones", "decay",
                           "warmup_steps", "optimizer", "mixup"}) {
    const auto found = train.find(name);
    if (found != train.end()) schedule[name] = *found;
  }
  return schedule.dump();
}

double epochs_per_step(const study::RunCurve& curve) {
  for (auto point = curve.losses.rbegin(); point != curve.losses.rend(); ++point) {
    if (point->step > 0 && point->epoch > 0) {
      return point->epoch / static_cast<double>(point->step);
    }
  }
  return 0;
}

evaluation::TrainingRun training_run(const study::RunResult& result,
                                     const std::string& metric) {
  const auto curve = result.curve();
  evaluation::TrainingRun run;
  for (const auto& point : curve.evaluations) {
    const auto found = point.metrics.find(metric);
    if (point.split != "val" || found == point.metrics.end()) continue;
    // A line that a resumed run wrote again.
    if (!run.curve.steps.empty() && point.step <= run.curve.steps.back()) continue;
    run.curve.steps.push_back(point.step);
    run.curve.values.push_back(found->second);
  }
  run.epochs_per_step = epochs_per_step(curve);
  run.schedule = schedule_of(result.record);
  return run;
}

// By arm, in the order of the plan.
template <class Arm>
Arm& arm_of(std::vector<Arm>& arms, const std::string& name) {
  const auto found = std::find_if(arms.begin(), arms.end(),
                                  [&](const Arm& arm) { return arm.arm == name; });
  if (found != arms.end()) return *found;
  arms.emplace_back().arm = name;
  return arms.back();
}

}  // namespace

std::vector<EfficiencyRow> make_efficiency(const StudyCells& cells,
                                           const std::string& baseline_arm,
                                           evaluation::Metric metric,
                                           const evaluation::CellOptions& options) {
  using Place = std::tuple<std::string, int64_t, std::string>;
  std::map<Place, std::vector<evaluation::LearningCurve>> places;
  std::map<std::string, CellKey> keys;
  for (const auto& [key, cell] : cells) {
    if (cell.seeds.empty()) continue;
    keys[cell.arm] = key;
    auto& arms = places[{key.task, key.resolution, key.split}];
    arm_of(arms, cell.arm).seeds[key.fraction] = cell.runs();
  }
  std::vector<EfficiencyRow> rows;
  for (const auto& [place, arms] : places) {
    for (auto& found : evaluation::data_efficiency(arms, baseline_arm, metric, options)) {
      auto key = keys.at(found.arm);
      std::tie(key.task, key.resolution, key.split) = place;
      key.fraction = 1;
      rows.push_back({key, std::move(found)});
    }
  }
  return rows;
}

std::vector<ConvergenceRow> make_convergence(const study::StudyResults& results,
                                             const std::string& baseline_arm,
                                             evaluation::Metric metric) {
  std::map<std::tuple<std::string, int64_t, double>, std::vector<evaluation::ArmTraining>>
      places;
  std::map<std::string, CellKey> keys;
  for (const auto& result : results.runs) {
    const auto& row = result.row;
    if (row.is_upstream() || result.record.status != study::RunStatus::kDone) continue;
    auto run = training_run(result, name_of(metric));
    if (run.curve.steps.empty()) continue;
    keys[row.arm] = {row.task, row.resolution, row.fraction,
                     "val",    row.upstream,   row.architecture};
    arm_of(places[{row.task, row.resolution, row.fraction}], row.arm)
        .runs.push_back(std::move(run));
  }
  std::vector<ConvergenceRow> rows;
  for (const auto& [place, arms] : places) {
    for (auto& found :
         evaluation::convergence(arms, baseline_arm, higher_is_better(metric))) {
      auto key = keys.at(found.arm);
      std::tie(key.task, key.resolution, key.fraction) = place;
      rows.push_back({key, std::move(found)});
    }
  }
  return rows;
}

std::vector<CurvePoint> make_curves(const study::StudyResults& results,
                                    const std::string& metric) {
  struct Sum {
    std::string arm;
    double total = 0;
    int64_t count = 0;
  };
  std::map<std::pair<CellKey, int64_t>, Sum> sums;
  for (const auto& run : results.runs) {
    const auto& row = run.row;
    if (row.is_upstream()) continue;
    const CellKey key{row.task, row.resolution, row.fraction,
                      "val",    row.upstream,   row.architecture};
    for (const auto& point : run.curve().evaluations) {
      const auto found = point.metrics.find(metric);
      if (point.split != "val" || found == point.metrics.end()) continue;
      auto& sum = sums[{key, point.step}];
      sum.arm = row.arm;
      sum.total += found->second;
      ++sum.count;
    }
  }
  std::vector<CurvePoint> points;
  for (const auto& [place, sum] : sums) {
    points.push_back({place.first, sum.arm, place.second, sum.count,
                      sum.total / static_cast<double>(sum.count)});
  }
  return points;
}

}  // namespace medgraft::report
