#include "medgraft/evaluation/evaluate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/calibration_sections.h"
#include "medgraft/evaluation/cell_groups.h"
#include "medgraft/evaluation/comparison.h"
#include "medgraft/evaluation/decision_curve_section.h"
#include "medgraft/evaluation/declared_bins.h"
#include "medgraft/evaluation/discrimination_section.h"
#include "medgraft/evaluation/ensemble.h"
#include "medgraft/evaluation/fairness_section.h"
#include "medgraft/evaluation/gap_comparisons.h"
#include "medgraft/evaluation/operating_points_section.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/recalibration_section.h"
#include "medgraft/evaluation/selective_section.h"
#include "medgraft/evaluation/shift_sections.h"
#include "medgraft/evaluation/split_scores.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/evaluation/threshold_rule.h"
#include "medgraft/evaluation/top_k_section.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

using Models = std::vector<const Model*>;

std::vector<std::string> splits_of(const Model& model) {
  const auto& splits = model.predictions.splits;
  const std::set<std::string> distinct(splits.begin(), splits.end());
  return {distinct.begin(), distinct.end()};
}

// Models over the same cases of one split.
std::vector<SplitView> views_of_split(
    const Models& models, const std::string& split,
    const std::vector<std::vector<double>>& thresholds) {
  std::vector<const Predictions*> files;
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::string> names;
  for (const auto* model : models) {
    files.push_back(&model->predictions);
    rows.push_back(rows_of_split(model->predictions, split));
    names.push_back(model->name);
  }
  auto aligned = align(files, rows, names);
  std::vector<SplitView> views;
  for (size_t m = 0; m < models.size(); ++m) {
    views.push_back({files[m], names[m], split, std::move(aligned.rows[m]),
                     aligned.patient_index, aligned.num_patients,
                     aligned.patients_are_known, thresholds[m]});
  }
  return views;
}

void require_same_splits(const Models& models) {
  for (const auto* model : models) {
    require(splits_of(*model) == splits_of(*models[0]), models[0]->name, " and ",
            model->name, " have different splits; compare predictions of the same ones");
  }
}

// What a model's validation cases, if any, settle for all its splits.
struct Frozen {
  explicit Frozen(const SplitView* cases) : validation(cases), recalibration(cases) {}

  const SplitView* validation;
  Recalibration recalibration;
};

using Section = json (*)(const SplitView&, const Frozen&, const EvaluateOptions&);

// Curves and further figures, which --sections chooses among.
const std::map<std::string, Section>& section_table() {
  static const std::map<std::string, Section> kSections = {
      {"discrimination",
       [](const SplitView& view, const Frozen&, const EvaluateOptions& options) {
         return discrimination_json(view, options);
       }},
      {"top_k", [](const SplitView& view, const Frozen&,
                   const EvaluateOptions& options) { return top_k_json(view, options); }},
      {"operating_points",
       [](const SplitView& view, const Frozen& frozen, const EvaluateOptions& options) {
         return operating_points_json(view, frozen.validation, options);
       }},
      {"calibration",
       [](const SplitView& view, const Frozen&, const EvaluateOptions& options) {
         return calibration_json(view, options);
       }},
      {"recalibration",
       [](const SplitView& view, const Frozen& frozen, const EvaluateOptions& options) {
         return frozen.recalibration.recalibration_json(view, options);
       }},
      {"selective",
       [](const SplitView& view, const Frozen&, const EvaluateOptions& options) {
         return selective_json(view, options);
       }},
      {"decision_curve",
       [](const SplitView& view, const Frozen&, const EvaluateOptions& options) {
         return decision_curve_json(view, options);
       }},
  };
  return kSections;
}

// What a split has beyond its metrics.
json sections_json(const SplitView& view, const Frozen& frozen,
                   const EvaluateOptions& options) {
  json out = fairness_json(view, options);
  out["reliability"] = reliability_json(view);
  out["temperature"] = frozen.recalibration.temperature_json(view, options);
  for (const auto& [name, section] : section_table()) {
    if (options.sections.contains(name)) out[name] = section(view, frozen, options);
  }
  return out;
}

// A study's weights were selected on validation: its planned pairs are not compared
// there.
std::vector<ModelPair> pairs_in_split(std::vector<ModelPair> pairs,
                                      const std::string& split) {
  if (split == "val") {
    std::erase_if(pairs, [](const ModelPair& pair) { return !pair.family.empty(); });
  }
  return pairs;
}

// Models over common rows, all their splits.
void evaluate_group(const Models& models, const std::vector<ModelPair>& pairs,
                    const EvaluateOptions& options, json& document,
                    std::vector<Comparison>& comparisons) {
  require_same_splits(models);
  std::vector<std::vector<double>> thresholds;
  for (const auto* model : models) {
    thresholds.push_back(frozen_thresholds(model->predictions, options.threshold_rule));
  }
  std::map<std::string, std::vector<SplitView>> views;
  for (const auto& split : splits_of(*models[0])) {
    views[split] = views_of_split(models, split, thresholds);
  }
  std::vector<Frozen> frozen;
  for (size_t m = 0; m < models.size(); ++m) {
    frozen.emplace_back(views.contains("val") ? &views["val"][m] : nullptr);
  }
  for (const auto& [split, of_models] : views) {
    SplitScores scores(of_models, options);
    for (size_t m = 0; m < models.size(); ++m) {
      auto& out = document["models"][models[m]->name]["splits"][split];
      out = scores.model_json(m);
      out["thresholds"] = of_models[m].thresholds;
      out["threshold_rule"] = name_of(options.threshold_rule);
      out.update(sections_json(of_models[m], frozen[m], options));
    }
    for (auto& cell : cells_json(of_models, scores, options)) {
      document["cells"].push_back(std::move(cell));
    }
    compare_cells(of_models, scores, options, comparisons);
    const auto compared = pairs_in_split(pairs, split);
    compare_models(of_models, compared, scores, options, comparisons);
    for (const auto& [a, b, _] : compared) {
      for (auto& entry : gap_comparisons_json(of_models[a], of_models[b], options)) {
        document["gap_comparisons"].push_back(std::move(entry));
      }
    }
  }
  for (size_t m = 0; m < models.size(); ++m) {
    std::map<std::string, SplitView> own;
    for (const auto& [split, of_models] : views) own[split] = of_models[m];
    add_shift_sections(own, frozen[m].recalibration.temperature(), options,
                       document["models"][models[m]->name]["splits"]);
  }
}

// The pairs among a group's models, by their places in it.
std::vector<ModelPair> pairs_within(const std::vector<size_t>& group,
                                    const std::vector<ModelPair>& pairs) {
  std::map<size_t, size_t> place;
  for (size_t i = 0; i < group.size(); ++i) place[group[i]] = i;
  std::vector<ModelPair> out;
  for (const auto& [a, b, family] : pairs) {
    if (place.contains(a)) out.push_back({place.at(a), place.at(b), family});
  }
  return out;
}

std::vector<Model> make_ensembles(const std::vector<Model>& models,
                                  const EvaluateOptions& options) {
  std::map<std::string, const Model*> by_name;
  for (const auto& model : models) by_name[model.name] = &model;
  std::vector<Model> out;
  for (const auto& cell : options.cells) {
    if (!options.ensembles || cell.members.size() < 2) continue;
    Models members;
    for (const auto& name : cell.members) members.push_back(by_name.at(name));
    out.push_back(make_ensemble(ensemble_name(cell.name), members));
  }
  return out;
}

}  // namespace

std::set<std::string> optional_sections() {
  std::set<std::string> names;
  for (const auto& [name, _] : section_table()) names.insert(name);
  return names;
}

json evaluate(const std::vector<Model>& models, const EvaluateOptions& options) {
  json document = {{"schema", 1},
                   {"inputs", json::array()},
                   {"models", json::object()},
                   {"cells", json::array()},
                   {"comparisons", json::array()},
                   {"gap_comparisons", json::array()}};
  check_cells(models, options);
  const auto ensembles = make_ensembles(models, options);
  Models all;
  for (const auto* given : {&models, &ensembles}) {
    for (const auto& model : *given) {
      require(!document["models"].contains(model.name), "two models are named ",
              model.name, "; name them as NAME=PATH");
      document["models"][model.name]["splits"] = json::object();
      document["inputs"].push_back({{"name", model.name}, {"files", model.files}});
      all.push_back(&model);
    }
  }
  const auto pairs = pairs_to_compare(all, options);
  std::vector<Comparison> comparisons;
  for (const auto& group : joined_models(all, pairs, options)) {
    Models joined;
    for (const size_t m : group) joined.push_back(all[m]);
    auto of_group = options;
    of_group.declared_bins = declared_bins(joined, options.bins);
    evaluate_group(joined, pairs_within(group, pairs), of_group, document, comparisons);
  }
  adjust_families(comparisons);
  for (const auto& comparison : comparisons) {
    document["comparisons"].push_back(comparison_json(comparison));
  }
  return document;
}

}  // namespace medgraft::evaluation
