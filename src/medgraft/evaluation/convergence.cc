#include "medgraft/evaluation/convergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/censored_json.h"
#include "medgraft/evaluation/value_json.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

using statistics::EventTime;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double mean_final(const std::vector<TrainingRun>& runs) {
  double sum = 0;
  for (const auto& run : runs) sum += statistics::smoothed_final(run.curve.values);
  return sum / static_cast<double>(runs.size());
}

// "" where every run was evaluated at the same steps of the same schedule.
std::string difference_of(const std::vector<TrainingRun>& runs,
                          const TrainingRun& other) {
  for (const auto& run : runs) {
    if (run.curve.steps.empty()) return "a run has no evaluation on validation";
    if (run.curve.steps != other.curve.steps) return "the steps of evaluation differ";
    if (run.schedule != other.schedule) return "the schedules differ";
  }
  return "";
}

statistics::ValidationCurve mean_curve(const std::vector<TrainingRun>& runs) {
  auto mean = runs.front().curve;
  for (size_t i = 0; i < mean.values.size(); ++i) {
    mean.values[i] = 0;
    for (const auto& run : runs) mean.values[i] += run.curve.values[i];
    mean.values[i] /= static_cast<double>(runs.size());
  }
  return mean;
}

ArrivalTimes summarize(std::vector<EventTime> runs) {
  ArrivalTimes out;
  out.summary = statistics::median_event(runs);
  out.runs = std::move(runs);
  return out;
}

ArmConvergence of_arm(const ArmTraining& arm, bool higher_is_better) {
  ArmConvergence out;
  out.arm = arm.arm;
  out.final_value = mean_final(arm.runs);
  out.baseline_final_value = kUndefined;
  out.epochs_per_step = arm.runs.front().epochs_per_step;
  std::vector<EventTime> times;
  for (const auto& run : arm.runs) {
    times.push_back(statistics::first_near_final(run.curve));
  }
  out.own_final = summarize(std::move(times));
  out.late_gain = kUndefined;
  if (difference_of(arm.runs, arm.runs.front()).empty()) {
    out.late_gain = statistics::late_gain(mean_curve(arm.runs), higher_is_better)
                        .value_or(kUndefined);
  }
  out.is_still_improving = out.late_gain > statistics::kConvergenceTolerance;
  return out;
}

void compare(const ArmTraining& arm, const ArmTraining& baseline, bool higher_is_better,
             ArmConvergence& out) {
  out.baseline = baseline.arm;
  out.reason = difference_of(baseline.runs, baseline.runs.front());
  if (out.reason.empty()) out.reason = difference_of(arm.runs, baseline.runs.front());
  if (!out.reason.empty()) return;
  out.baseline_final_value = mean_final(baseline.runs);
  const auto arrivals = [&](const std::vector<TrainingRun>& runs) {
    std::vector<EventTime> times;
    for (const auto& run : runs) {
      times.push_back(statistics::first_at_target(run.curve, out.baseline_final_value,
                                                  higher_is_better));
    }
    return summarize(std::move(times));
  };
  out.baseline_final = arrivals(arm.runs);
  out.baseline_final.ratio = statistics::time_ratio(
      out.baseline_final.summary.median, arrivals(baseline.runs).summary.median);
  std::vector<EventTime> own;
  for (const auto& run : baseline.runs) {
    own.push_back(statistics::first_near_final(run.curve));
  }
  out.own_final.ratio = statistics::time_ratio(out.own_final.summary.median,
                                               statistics::median_event(own).median);
}

json time_json(const EventTime& time, double scale) {
  if (scale == 0) return nullptr;
  const auto scaled = [&](int64_t step) { return static_cast<double>(step) * scale; };
  return {{"value", time.reached ? json(scaled(time.by)) : json()},
          {"after", scaled(time.after)},
          {"censored", time.reached ? json() : json("above")}};
}

json arrival_json(const ArrivalTimes& times, double epochs_per_step) {
  if (times.runs.empty()) return nullptr;
  auto runs = json::array();
  for (const auto& run : times.runs) runs.push_back(time_json(run, 1));
  const auto& median = times.summary.median;
  return {{"steps", time_json(median, 1)},
          {"epochs", time_json(median, epochs_per_step)},
          {"ratio", censored_json(times.ratio)},
          {"n_reached", times.summary.num_reached},
          {"n_runs", times.summary.num_runs},
          {"text", time_text(median)},
          {"runs", runs}};
}

}  // namespace

std::vector<ArmConvergence> convergence(const std::vector<ArmTraining>& arms,
                                        const std::string& baseline,
                                        bool higher_is_better) {
  const auto reference = std::find_if(
      arms.begin(), arms.end(),
      [&](const ArmTraining& arm) { return arm.arm == baseline && !arm.runs.empty(); });
  std::vector<ArmConvergence> out;
  for (const auto& arm : arms) {
    if (arm.runs.empty()) continue;
    auto& entry = out.emplace_back(of_arm(arm, higher_is_better));
    if (reference == arms.end()) {
      entry.reason = "the baseline has no finished run here";
    } else {
      compare(arm, *reference, higher_is_better, entry);
    }
  }
  return out;
}

std::string time_text(const EventTime& time) {
  return time.reached ? text(time.by, " steps (after ", time.after, ")")
                      : text("> ", time.after, " steps");
}

json convergence_json(const ArmConvergence& entry) {
  return {{"arm", entry.arm},
          {"baseline", entry.baseline},
          {"final_value", number_json(entry.final_value)},
          {"baseline_final_value", number_json(entry.baseline_final_value)},
          {"own_final", arrival_json(entry.own_final, entry.epochs_per_step)},
          {"baseline_final", arrival_json(entry.baseline_final, entry.epochs_per_step)},
          {"late_gain", number_json(entry.late_gain)},
          {"still_improving",
           std::isnan(entry.late_gain) ? json() : json(entry.is_still_improving)},
          {"reason", entry.reason.empty() ? json() : json(entry.reason)}};
}

}  // namespace medgraft::evaluation
