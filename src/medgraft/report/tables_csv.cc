#include <cmath>

#include "medgraft/base/csv.h"
#include "medgraft/evaluation/censored_json.h"
#include "medgraft/report/tables.h"

namespace medgraft::report {
namespace {

using statistics::Censored;

void header(CsvWriter& out, std::initializer_list<const char*> rest) {
  for (const char* name :
       {"task", "arm", "upstream", "architecture", "resolution", "fraction", "split"}) {
    out.field(name);
  }
  for (const char* name : rest) out.field(name);
  out.end_row();
}

CsvWriter& key_fields(CsvWriter& out, const CellKey& key, const std::string& arm) {
  out.field(key.task).field(arm).field(key.upstream).field(key.architecture);
  out.field(static_cast<double>(key.resolution)).field(key.fraction).field(key.split);
  return out;
}

CsvWriter& interval_fields(CsvWriter& out, const statistics::Interval& interval) {
  return out.field(interval.value).field(interval.low).field(interval.high);
}

// A number and what it is censored by; the number is the bound.
CsvWriter& censored_fields(CsvWriter& out, const Censored& value) {
  const auto censoring = evaluation::censoring_json(value);
  return out.field(value.value)
      .field(censoring.is_null() ? std::string() : censoring.get<std::string>());
}

std::string cells_csv(const ReportTables& tables) {
  CsvWriter out;
  header(out, {"metric", "value", "ci_low", "ci_high", "standard_error", "seeds", "cases",
               "patients"});
  for (const auto& row : tables.cells) {
    for (const auto& [metric, cell] : row.metrics) {
      key_fields(out, row.key, row.arm).field(metric);
      interval_fields(out, {cell.value, cell.ci_low, cell.ci_high});
      out.field(cell.standard_error).field(static_cast<double>(cell.num_seeds));
      out.field(static_cast<double>(cell.num_cases));
      out.field(cell.patients_are_known ? std::to_string(cell.num_patients) : "unknown");
      out.end_row();
    }
  }
  return out.text();
}

std::string contrasts_csv(const ReportTables& tables) {
  CsvWriter out;
  header(out, {"metric", "baseline", "difference", "ci_low", "ci_high", "p", "p_adjusted",
               "family", "minimum_detectable", "verdict", "baseline_value",
               "baseline_ci_low", "baseline_ci_high"});
  for (const auto& row : tables.contrasts) {
    const auto& contrast = row.contrast;
    key_fields(out, row.key, row.arm).field(row.metric).field(row.baseline);
    interval_fields(out, {contrast.difference, contrast.ci_low, contrast.ci_high});
    out.field(contrast.p).field(row.p_adjusted);
    out.field(row.is_primary ? "primary" : "exploratory");
    out.field(contrast.minimum_detectable).field(to_string(row.verdict));
    const auto& own = row.baseline_cell;
    interval_fields(out, {own.value, own.ci_low, own.ci_high}).end_row();
  }
  return out.text();
}

std::string curves_csv(const ReportTables& tables) {
  CsvWriter out;
  header(out, {"metric", "step", "runs", "value"});
  for (const auto& point : tables.curves) {
    key_fields(out, point.key, point.arm).field(tables.primary);
    out.field(static_cast<double>(point.step));
    out.field(static_cast<double>(point.num_runs)).field(point.value).end_row();
  }
  return out.text();
}

std::string learning_curves_csv(const ReportTables& tables) {
  CsvWriter out;
  header(out, {"metric", "observed", "fitted", "ci_low", "ci_high", "seeds"});
  for (const auto& row : tables.efficiency) {
    auto key = row.key;
    for (size_t i = 0; i < row.found.found.points.size(); ++i) {
      const auto& point = row.found.found.points[i];
      key.fraction = point.fraction;
      key_fields(out, key, row.found.arm).field(row.found.metric).field(point.observed);
      interval_fields(out, point.fitted);
      out.field(static_cast<double>(row.found.num_seeds[i])).end_row();
    }
  }
  return out.text();
}

std::string data_efficiency_csv(const ReportTables& tables) {
  CsvWriter out;
  for (const char* name : {"task",
                           "arm",
                           "upstream",
                           "architecture",
                           "resolution",
                           "split",
                           "metric",
                           "baseline",
                           "target",
                           "target_ci_low",
                           "target_ci_high",
                           "fraction_to_reach",
                           "censored",
                           "ci_low",
                           "ci_low_censored",
                           "ci_high",
                           "ci_high_censored",
                           "text",
                           "cases",
                           "patients",
                           "reason"}) {
    out.field(name);
  }
  out.end_row();
  for (const auto& [key, entry] : tables.efficiency) {
    const auto& reached = entry.found.fraction_to_reach;
    out.field(key.task).field(entry.arm).field(key.upstream).field(key.architecture);
    out.field(static_cast<double>(key.resolution)).field(key.split);
    out.field(entry.metric).field(entry.baseline);
    interval_fields(out, entry.found.target);
    censored_fields(out, reached.value);
    censored_fields(out, reached.low);
    censored_fields(out, reached.high);
    out.field(evaluation::censored_text(reached));
    out.field(static_cast<double>(entry.num_cases));
    out.field(entry.patients_are_known ? std::to_string(entry.num_patients) : "unknown");
    out.field(entry.reason).end_row();
  }
  return out.text();
}

// Steps after and by which, epochs, the ratio, and how many runs got there.
void arrival_fields(CsvWriter& out, const evaluation::ArrivalTimes& times,
                    double epochs_per_step) {
  if (times.runs.empty()) {
    for (int i = 0; i < 10; ++i) out.field("");
    return;
  }
  const auto& median = times.summary.median;
  const auto step = static_cast<double>(median.reached ? median.by : median.after);
  out.field(static_cast<double>(median.after)).field(step);
  out.field(epochs_per_step > 0 ? step * epochs_per_step : std::nan(""));
  out.field(median.reached ? "" : "above");
  censored_fields(out, times.ratio.value);
  out.field(times.ratio.low.value).field(times.ratio.high.value);
  out.field(static_cast<double>(times.summary.num_reached));
  out.field(static_cast<double>(times.summary.num_runs));
}

std::string convergence_csv(const ReportTables& tables) {
  CsvWriter out;
  header(out, {"metric",
               "baseline",
               "final_value",
               "baseline_final_value",
               "own_final_after",
               "own_final_steps",
               "own_final_epochs",
               "own_final_censored",
               "own_final_ratio",
               "own_final_ratio_censored",
               "own_final_ratio_low",
               "own_final_ratio_high",
               "own_final_reached",
               "own_final_runs",
               "baseline_final_after",
               "baseline_final_steps",
               "baseline_final_epochs",
               "baseline_final_censored",
               "baseline_final_ratio",
               "baseline_final_ratio_censored",
               "baseline_final_ratio_low",
               "baseline_final_ratio_high",
               "baseline_final_reached",
               "baseline_final_runs",
               "late_gain",
               "still_improving",
               "reason"});
  for (const auto& [key, entry] : tables.convergence) {
    key_fields(out, key, entry.arm).field(tables.primary).field(entry.baseline);
    out.field(entry.final_value).field(entry.baseline_final_value);
    arrival_fields(out, entry.own_final, entry.epochs_per_step);
    arrival_fields(out, entry.baseline_final, entry.epochs_per_step);
    out.field(entry.late_gain);
    out.field(std::isnan(entry.late_gain) ? "" : entry.is_still_improving ? "yes" : "no");
    out.field(entry.reason).end_row();
  }
  return out.text();
}

}  // namespace

std::map<std::string, std::string> to_csv(const ReportTables& tables) {
  return {{"cells.csv", cells_csv(tables)},
          {"contrasts.csv", contrasts_csv(tables)},
          {"curves.csv", curves_csv(tables)},
          {"learning_curves.csv", learning_curves_csv(tables)},
          {"data_efficiency.csv", data_efficiency_csv(tables)},
          {"convergence.csv", convergence_csv(tables)}};
}

}  // namespace medgraft::report
