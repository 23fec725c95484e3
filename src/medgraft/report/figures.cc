#include "medgraft/report/figures.h"

#include <cmath>
#include <map>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::report {
namespace {

using nlohmann::json;

// Okabe and Ito's colours, told apart with any colour vision; shapes repeat the
// distinction.
const json kColors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};

std::string percent(double fraction) { return format_number(100 * fraction, 4) + "%"; }

std::string panel(const CellKey& key, bool with_fraction) {
  auto out = text(key.task, ", ", key.resolution, " px");
  if (with_fraction) out += text(", ", percent(key.fraction), " of the labels");
  return out;
}

json arm_color() {
  return {{"field", "arm"},
          {"type", "nominal"},
          {"title", nullptr},
          {"scale", {{"range", kColors}}},
          {"legend", {{"orient", "bottom"}, {"columns", 2}, {"labelLimit", 260}}}};
}

// Told apart by more than color. Beside a layer of colored intervals its legend would be
// a second one; alone it joins color's.
json arm_mark(bool has_legend = false) {
  return {{"field", "arm"},
          {"type", "nominal"},
          {"title", nullptr},
          {"legend", has_legend ? arm_color()["legend"] : json()}};
}

json measure(const std::string& metric, const char* field = "value") {
  return {{"field", field},
          {"type", "quantitative"},
          {"title", metric},
          {"scale", {{"zero", false}}}};
}

json interval_channels(const std::string& metric) {
  return {{"y", measure(metric, "ci_low")}, {"y2", {{"field", "ci_high"}}}};
}

json tooltip() {
  return json::array(
      {{{"field", "arm"}, {"type", "nominal"}},
       {{"field", "value"}, {"type", "quantitative"}, {"format", ".3f"}},
       {{"field", "ci_low"}, {"type", "quantitative"}, {"format", ".3f"}},
       {{"field", "ci_high"}, {"type", "quantitative"}, {"format", ".3f"}}});
}

// One chart a panel, several side by side where the page is wide.
json in_panels(json values, json layered, int width) {
  layered["width"] = width;
  layered["height"] = 220;
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"data", {{"values", std::move(values)}}},
          {"facet", {{"field", "panel"}, {"type", "nominal"}, {"title", nullptr}}},
          {"columns", 2},
          {"spec", std::move(layered)},
          {"resolve", {{"scale", {{"y", "independent"}}}}}};
}

json cell_values(const ReportTables& tables, const std::string& split_prefix,
                 bool full_fraction_only) {
  auto values = json::array();
  for (const auto& row : tables.cells) {
    if (!row.key.split.starts_with(split_prefix) || row.metrics.empty()) continue;
    if (full_fraction_only && row.key.fraction != 1) continue;
    const auto& cell = row.metrics.at(tables.primary);
    values.push_back({{"panel", panel(row.key, false) +
                                    (split_prefix == "test" ? "" : ", " + row.key.split)},
                      {"arm", row.arm},
                      {"fraction", row.key.fraction},
                      {"value", cell.value},
                      {"ci_low", cell.ci_low},
                      {"ci_high", cell.ci_high}});
  }
  return values;
}

Figure accuracy_figure(const ReportTables& tables, const std::string& id,
                       const std::string& title, json values) {
  json arm_axis = {{"field", "arm"},
                   {"type", "nominal"},
                   {"title", nullptr},
                   {"axis", {{"labelAngle", -20}, {"labelLimit", 200}}}};
  // The axis names the arms: a legend would say it again.
  auto color = arm_color();
  color["legend"] = nullptr;
  auto interval = interval_channels(tables.primary);
  interval["x"] = arm_axis;
  interval["color"] = color;
  const json layered = {
      {"layer",
       {{{"mark", {{"type", "rule"}, {"strokeWidth", 2}}}, {"encoding", interval}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"size", 90}, {"opacity", 1}}},
         {"encoding",
          {{"x", arm_axis},
           {"y", measure(tables.primary)},
           {"color", color},
           {"shape", arm_mark()},
           {"tooltip", tooltip()}}}}}}};
  return {id, title,
          "Mean over seeds; bars are 95% intervals over patients (or cases) and seeds.",
          in_panels(std::move(values), layered, 260)};
}

// The fractions of each task and resolution, by panel.
std::map<std::string, std::set<double>> fractions_of_panels(const ReportTables& tables) {
  std::map<std::string, std::set<double>> fractions;
  for (const auto& row : tables.cells) {
    if (!row.metrics.empty()) fractions[panel(row.key, false)].insert(row.key.fraction);
  }
  return fractions;
}

// A dashed grey line at the baseline's value of each panel.
json target_rule() {
  return {
      {"mark", {{"type", "rule"}, {"strokeDash", {6, 4}}, {"color", "#767676"}}},
      {"encoding",
       {{"y", {{"field", "target"}, {"type", "quantitative"}, {"aggregate", "mean"}}}}}};
}

// The fitted curve and its target at an arm's fraction; null where there are none.
void add_fit(const ReportTables& tables, json& value) {
  value["fitted"] = value["target"] = nullptr;
  for (const auto& [key, entry] : tables.efficiency) {
    if (key.split != "test" || entry.arm != value["arm"] || !entry.reason.empty() ||
        panel(key, false) != value["panel"]) {
      continue;
    }
    value["target"] = entry.found.target.value;
    for (const auto& point : entry.found.points) {
      if (point.fraction == value["fraction"]) value["fitted"] = point.fitted.value;
    }
  }
}

Figure efficiency_figure(const ReportTables& tables) {
  const auto fractions = fractions_of_panels(tables);
  auto values = json::array();
  for (auto& value : cell_values(tables, "test", false)) {
    if (fractions.at(value["panel"]).size() < 2) continue;
    add_fit(tables, value);
    values.push_back(std::move(value));
  }
  const json x = {{"field", "fraction"},
                  {"type", "quantitative"},
                  {"title", "share of the training patients"},
                  {"scale", {{"type", "log"}}},
                  {"axis", {{"format", "~%"}}}};
  auto interval = interval_channels(tables.primary);
  interval["x"] = x;
  interval["color"] = arm_color();
  const json layered = {
      {"layer",
       {{{"mark", {{"type", "rule"}, {"strokeWidth", 2}}}, {"encoding", interval}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}}},
         {"encoding",
          {{"x", x},
           {"y", measure(tables.primary)},
           {"color", arm_color()},
           {"tooltip", tooltip()}}}},
        {{"mark", {{"type", "line"}}},
         {"encoding",
          {{"x", x},
           {"y", measure(tables.primary, "fitted")},
           {"color", arm_color()},
           {"strokeDash", arm_mark()}}}},
        target_rule()}}};
  return {
      "efficiency", "Data efficiency",
      "How the test score grows with the share of training patients: points with 95% "
      "intervals, lines fitted by isotonic regression; dashed grey: the baseline with "
      "all data.",
      in_panels(std::move(values), layered, 260)};
}

Figure convergence_figure(const ReportTables& tables) {
  std::map<std::string, double> targets;  // The baseline's final value, by panel.
  for (const auto& [key, entry] : tables.convergence) {
    if (!std::isnan(entry.baseline_final_value)) {
      targets[panel(key, true)] = entry.baseline_final_value;
    }
  }
  auto values = json::array();
  for (const auto& point : tables.curves) {
    values.push_back({{"panel", panel(point.key, true)},
                      {"arm", point.arm},
                      {"step", point.step},
                      {"value", point.value},
                      {"runs", point.num_runs},
                      {"target", targets.contains(panel(point.key, true))
                                     ? json(targets[panel(point.key, true)])
                                     : json()}});
  }
  const json line = {
      {"mark", {{"type", "line"}, {"point", {{"size", 40}}}}},
      {"encoding",
       {{"x", {{"field", "step"}, {"type", "quantitative"}, {"title", "optimizer step"}}},
        {"y", measure("validation " + tables.primary)},
        {"color", arm_color()},
        {"strokeDash", arm_mark(true)}}}};
  return {
      "convergence", "Convergence",
      "Validation score at each evaluation, mean over the runs that reached it; dashed "
      "grey: the baseline's final value, smoothed.",
      in_panels(std::move(values), {{"layer", {line, target_rule()}}}, 260)};
}

}  // namespace

std::vector<Figure> make_figures(const ReportTables& tables) {
  std::vector<Figure> figures;
  auto test = cell_values(tables, "test", true);
  if (!test.empty()) {
    figures.push_back(accuracy_figure(
        tables, "accuracy", "Accuracy by upstream and architecture", std::move(test)));
  }
  auto ood = cell_values(tables, "ood-", true);
  if (!ood.empty()) {
    figures.push_back(accuracy_figure(
        tables, "generalization", "Generalization to other data sets", std::move(ood)));
  }
  for (const auto& [_, fractions] : fractions_of_panels(tables)) {
    if (fractions.size() < 2) continue;
    figures.push_back(efficiency_figure(tables));
    break;
  }
  if (!tables.curves.empty()) figures.push_back(convergence_figure(tables));
  return figures;
}

}  // namespace medgraft::report
