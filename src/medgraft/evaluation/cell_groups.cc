#include "medgraft/evaluation/cell_groups.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/evaluation/cells.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/crossed_seeds.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr char kMethod[] = "crossed seeds t";

using Places = std::map<std::string, size_t>;

// Places of a cell's members; nothing where they are not all there.
std::optional<std::vector<size_t>> members_of(const Cell& cell, const Places& places) {
  std::vector<size_t> out;
  for (const auto& member : cell.members) {
    const auto found = places.find(member);
    if (found == places.end()) return {};
    out.push_back(found->second);
  }
  return out;
}

Places places_of(const std::vector<SplitView>& views) {
  Places places;
  for (size_t m = 0; m < views.size(); ++m) places[views[m].model] = m;
  return places;
}

const Cell* find_cell(const EvaluateOptions& options, const std::string& name) {
  for (const auto& cell : options.cells) {
    if (cell.name == name) return &cell;
  }
  return nullptr;
}

// Either way round: a difference is stated once.
bool is_planned(const EvaluateOptions& options, const std::string& a,
                const std::string& b) {
  return std::any_of(options.contrasts.begin(), options.contrasts.end(),
                     [&](const PlannedContrast& contrast) {
                       return (contrast.a == a && contrast.b == b) ||
                              (contrast.a == b && contrast.b == a);
                     });
}

// A cell's metric: of each seed, and in each replicate.
statistics::ArmScores score_cell(const std::vector<size_t>& members, size_t metric_index,
                                 const SplitScores& scores,
                                 const EvaluateOptions& options) {
  statistics::ArmScores out;
  for (const size_t m : members) {
    out.of_seed.push_back(scores.scorer(m).score(options.metrics[metric_index], {}));
    out.resampled.push_back(scores.bootstrap_values(m, metric_index));
  }
  return out;
}

json cell_json(const Cell& cell, const SplitView& view, Metric metric,
               const CellEstimate& estimate) {
  json out = value_json({estimate.value, estimate.ci_low, estimate.ci_high},
                        std::isnan(estimate.ci_low) ? "none" : kMethod, view.num_cases(),
                        view.num_patients, view.patients_are_known);
  out["name"] = cell.name;
  out["metric"] = name_of(metric);
  out["split"] = view.split;
  out["n_seeds"] = estimate.num_seeds;
  out["n_seeds_undefined"] = estimate.num_undefined;
  if (cell.num_planned > 0) out["n_seeds_planned"] = cell.num_planned;
  out["standard_error"] = number_json(estimate.standard_error);
  out["degrees_of_freedom"] = number_json(estimate.degrees_of_freedom);
  out["members"] = cell.members;
  if (estimate.num_seeds == 1) {
    out["note"] =
        "one seed: its interval is over patients alone and supports no claim "
        "about arms";
  }
  return out;
}

std::string family_of(const PlannedContrast& contrast, const std::string& split,
                      Metric metric) {
  if (contrast.task.empty()) return text("cells, ", split, "/", name_of(metric));
  if (contrast.primary == metric && split == "test") {
    return text("primary: ", contrast.task);
  }
  return text("exploratory: ", contrast.task, ", ", split, "/", name_of(metric));
}

Comparison compare(const statistics::ArmScores& a, const statistics::ArmScores& b,
                   const SplitView& view, Metric metric,
                   const std::optional<double>& margin) {
  const auto difference = statistics::crossed_difference(
      a.of_seed, b.of_seed, statistics::crossed_patient_variance(a, b),
      view.num_patients);
  Comparison out;
  out.split = view.split;
  out.metric = metric;
  out.test = kMethod;
  out.difference = difference.interval;
  out.p = difference.p;
  out.standard_error = difference.standard_error;
  out.degrees_of_freedom = difference.degrees_of_freedom;
  out.num_seeds = difference.num_seeds;
  out.margin = margin;
  if (margin) {
    out.p_non_inferiority =
        difference.non_inferiority_p(gain(metric, difference.interval.value), *margin);
  }
  return out;
}

}  // namespace

void check_cells(const std::vector<Model>& models, const EvaluateOptions& options) {
  std::set<std::string> names, taken;
  for (const auto& model : models) names.insert(model.name);
  taken = names;
  for (const auto& cell : options.cells) {
    require(taken.insert(cell.name).second, "the cell ", cell.name,
            " is named like a model or another cell; name it otherwise");
    require(!cell.members.empty(), "the cell ", cell.name, " has no model");
    const std::set<std::string> distinct(cell.members.begin(), cell.members.end());
    require(distinct.size() == cell.members.size(), "the cell ", cell.name,
            " names a model twice");
    for (const auto& member : cell.members) {
      require(names.contains(member), "the cell ", cell.name, " names \"", member,
              "\", which is none of the models given",
              hint(member, {names.begin(), names.end()}));
    }
  }
}

std::vector<PlannedContrast> contrasts_of_cells(const EvaluateOptions& options) {
  std::vector<PlannedContrast> out;
  const auto& cells = options.cells;
  for (size_t a = 0; a < cells.size(); ++a) {
    for (size_t b = 0; b < cells.size(); ++b) {
      const bool asked = options.baseline.empty() ? options.compare && a < b
                                                  : cells[b].name == options.baseline;
      if (asked && a != b && cells[a].group == cells[b].group &&
          !is_planned(options, cells[a].name, cells[b].name)) {
        out.push_back({cells[a].name, cells[b].name, cells[a].group, {}});
      }
    }
  }
  for (const auto& contrast : options.contrasts) {
    if (find_cell(options, contrast.a) && find_cell(options, contrast.b)) {
      out.push_back(contrast);
    }
  }
  return out;
}

std::vector<std::vector<size_t>> joined_models(const std::vector<const Model*>& models,
                                               const std::vector<ModelPair>& pairs,
                                               const EvaluateOptions& options) {
  Places places;
  for (size_t m = 0; m < models.size(); ++m) places[models[m]->name] = m;
  std::vector<size_t> label(models.size());
  std::iota(label.begin(), label.end(), size_t{0});
  const auto join = [&](size_t a, size_t b) {
    const auto from = std::max(label[a], label[b]), to = std::min(label[a], label[b]);
    std::replace(label.begin(), label.end(), from, to);
  };
  for (const auto& pair : pairs) join(pair.a, pair.b);
  for (const auto& cell : options.cells) {
    for (const auto& member : cell.members) {
      join(places.at(cell.members[0]), places.at(member));
    }
  }
  for (const auto& contrast : contrasts_of_cells(options)) {
    join(places.at(find_cell(options, contrast.a)->members[0]),
         places.at(find_cell(options, contrast.b)->members[0]));
  }
  std::map<size_t, std::vector<size_t>> groups;
  for (size_t m = 0; m < models.size(); ++m) groups[label[m]].push_back(m);
  std::vector<std::vector<size_t>> out;
  for (auto& [_, members] : groups) out.push_back(std::move(members));
  return out;
}

json cells_json(const std::vector<SplitView>& views, const SplitScores& scores,
                const EvaluateOptions& options) {
  const auto places = places_of(views);
  json out = json::array();
  for (const auto& cell : options.cells) {
    const auto members = members_of(cell, places);
    if (!members) continue;
    for (size_t i = 0; i < options.metrics.size(); ++i) {
      const auto figures = score_cell(*members, i, scores, options);
      const auto mean = statistics::crossed_mean(
          figures.of_seed, statistics::crossed_patient_variance(figures),
          views[0].num_patients);
      out.push_back(cell_json(cell, views[0], options.metrics[i],
                              cell_estimate(mean, options.metrics[i])));
    }
  }
  return out;
}

void compare_cells(const std::vector<SplitView>& views, const SplitScores& scores,
                   const EvaluateOptions& options, std::vector<Comparison>& out) {
  const auto places = places_of(views);
  for (const auto& contrast : contrasts_of_cells(options)) {
    const auto a = members_of(*find_cell(options, contrast.a), places);
    const auto b = members_of(*find_cell(options, contrast.b), places);
    // A study's weights were selected on validation: nothing is claimed from it.
    if (!a || !b || (!contrast.task.empty() && views[0].split == "val")) continue;
    for (size_t i = 0; i < options.metrics.size(); ++i) {
      const auto metric = options.metrics[i];
      auto entry =
          compare(score_cell(*a, i, scores, options), score_cell(*b, i, scores, options),
                  views[0], metric, margin_of(options, metric));
      entry.a = contrast.a;
      entry.b = contrast.b;
      entry.family = family_of(contrast, entry.split, metric);
      out.push_back(std::move(entry));
    }
  }
}

}  // namespace medgraft::evaluation
