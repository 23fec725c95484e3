#include "medgraft/report/progress_sections.h"

#include <algorithm>
#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/evaluation/censored_json.h"
#include "medgraft/report/html.h"
#include "medgraft/report/sections.h"

namespace medgraft::report {
namespace {

using evaluation::censored_text;
using statistics::Censoring;

std::string in_percent(const statistics::CensoredInterval& interval) {
  return censored_text(interval, 100, "%");
}

std::string list_of(const std::vector<std::string>& sentences) {
  if (sentences.empty()) return "";
  std::string out = "<ul>";
  for (const auto& sentence : sentences) out += "<li>" + escape_html(sentence) + "</li>";
  return out + "</ul>";
}

std::string efficiency_sentence(const EfficiencyRow& row) {
  const auto& [key, entry] = row;
  const auto& reached = entry.found.fraction_to_reach;
  const auto start =
      text(key.task, ", ", key.resolution, " px, ", key.split, ": ", entry.arm);
  if (!entry.reason.empty()) {
    return text(start, ": data efficiency is not known: ", entry.reason, ".");
  }
  const auto value = text("the baseline's full-data ", entry.metric, " (",
                          format_fixed(entry.found.target.value, 3), ")");
  const auto figure = in_percent(reached);
  switch (reached.value.censoring) {
    case Censoring::kAbove:
      return text(start, " does not reach ", value, " within the data: ", figure,
                  " of the training patients.");
    case Censoring::kBelow:
      return text(start, " reaches ", value, " with the smallest share already: ", figure,
                  " of the training patients.");
    case Censoring::kNone:
      break;
  }
  return text(start, " reaches ", value, " with ", figure, " of the training patients.");
}

std::string epochs_text(const statistics::EventTime& time, double epochs_per_step) {
  if (epochs_per_step == 0) return "";
  const auto step = static_cast<double>(time.reached ? time.by : time.after);
  return text(time.reached ? "" : "> ", format_number(step * epochs_per_step, 3),
              " epochs");
}

std::string convergence_sentence(const ConvergenceRow& row, const std::string& metric) {
  const auto& [key, entry] = row;
  auto out = text(key.task, ", ", key.resolution, " px, ", percent(key.fraction),
                  " of the labels: ", entry.arm);
  if (!entry.reason.empty()) {
    return text(out, " is not comparable: ", entry.reason, ".");
  }
  const auto& reached = entry.baseline_final;
  out += text(": ", reached.summary.num_reached, " of ", reached.summary.num_runs,
              " runs reached the baseline's final validation ", metric, " (",
              format_fixed(entry.baseline_final_value, 3), ")");
  out += text("; the median run took ", evaluation::time_text(reached.summary.median));
  if (!std::isnan(reached.ratio.value.value)) {
    out += text(", ", censored_text(reached.ratio.value), " times the baseline's");
  }
  return out + ".";
}

std::string gain_text(const evaluation::ArmConvergence& entry) {
  if (std::isnan(entry.late_gain)) return "too few evaluations";
  const auto gain = text(entry.late_gain < 0 ? "" : "+", format_fixed(entry.late_gain, 3),
                         " in the last fifth");
  return entry.is_still_improving ? "not converged: " + gain : gain;
}

// Median time, epochs, ratio and count of one criterion.
void add_arrival(std::vector<std::string>& cells, const evaluation::ArrivalTimes& times,
                 double epochs_per_step) {
  if (times.runs.empty()) {
    cells.insert(cells.end(), 4, "not comparable");
    return;
  }
  const auto& summary = times.summary;
  cells.push_back(evaluation::time_text(summary.median));
  cells.push_back(epochs_text(summary.median, epochs_per_step));
  cells.push_back(std::isnan(times.ratio.value.value) ? "" : censored_text(times.ratio));
  cells.push_back(text(summary.num_reached, " of ", summary.num_runs));
}

}  // namespace

std::vector<std::string> efficiency_sentences(const ReportTables& tables) {
  std::vector<std::string> out;
  for (const auto& row : tables.efficiency) {
    if (row.found.arm != row.found.baseline) out.push_back(efficiency_sentence(row));
  }
  return out;
}

std::vector<std::string> convergence_sentences(const ReportTables& tables) {
  std::vector<std::string> out;
  for (const auto& row : tables.convergence) {
    if (row.found.arm == tables.baseline_arm) continue;
    out.push_back(convergence_sentence(row, tables.primary));
  }
  return out;
}

std::string efficiency_section(const ReportTables& tables) {
  if (tables.efficiency.empty()) return "";
  HtmlTable table{text("Share of the training patients with which an arm reaches the ",
                       "full-data value of ", tables.baseline_arm, ", 95% interval"),
                  {"arm", "task", "resolution", "split", "metric", "target [95%]",
                   "share to reach it [95%]"},
                  {}};
  for (const auto& [key, entry] : tables.efficiency) {
    const auto& target = entry.found.target;
    table.rows.push_back(
        {entry.arm, key.task, text(key.resolution, " px"), key.split, entry.metric,
         entry.reason.empty() ? with_interval(target.value, target.low, target.high) : "",
         entry.reason.empty() ? in_percent(entry.found.fraction_to_reach)
                              : entry.reason});
  }
  return list_of(efficiency_sentences(tables)) + table.html();
}

std::string convergence_section(const ReportTables& tables) {
  if (tables.convergence.empty()) return "";
  HtmlTable table{
      "Median over runs of the steps to their own and to the baseline's final validation "
      "score; ratio to the baseline's, with what the steps between evaluations leave "
      "open",
      {"arm", "task", "resolution", "labels", "final", "own final: steps", "epochs",
       "ratio", "runs", "baseline's final: steps", "epochs", "ratio", "runs",
       "still improving"},
      {}};
  for (const auto& [key, entry] : tables.convergence) {
    std::vector<std::string> cells = {entry.arm, key.task, text(key.resolution, " px"),
                                      percent(key.fraction),
                                      format_fixed(entry.final_value, 3)};
    add_arrival(cells, entry.own_final, entry.epochs_per_step);
    add_arrival(cells, entry.baseline_final, entry.epochs_per_step);
    cells.push_back(gain_text(entry));
    table.rows.push_back(std::move(cells));
  }
  return list_of(convergence_sentences(tables)) + table.html();
}

bool is_still_improving(const ReportTables& tables, const CellKey& key) {
  return std::any_of(tables.convergence.begin(), tables.convergence.end(),
                     [&](const ConvergenceRow& row) {
                       return row.found.is_still_improving && row.key == key;
                     });
}

}  // namespace medgraft::report
