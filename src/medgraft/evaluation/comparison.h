#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "medgraft/evaluation/evaluate.h"
#include "medgraft/evaluation/split_scores.h"
#include "medgraft/evaluation/split_view.h"
#include "medgraft/statistics/delong.h"

namespace medgraft::evaluation {

/// One difference a - b with its test (STATISTICS.md section 4).
struct Comparison {
  std::string a, b, split;
  Metric metric = Metric::kAuroc;
  std::string test, family;
  statistics::Interval difference;
  double p = std::numeric_limits<double>::quiet_NaN();
  double p_adjusted = p;         ///< By Holm within the family.
  double p_non_inferiority = p;  ///< One-sided, where a margin is stated.
  double standard_error = p;
  /// Of the standard error; infinite: normal. Finite for cells alone.
  double degrees_of_freedom = std::numeric_limits<double>::infinity();
  std::optional<double> margin;
  std::optional<int64_t> num_seeds;  ///< Of cells: the smaller of the two.
};

/// Two models, by their place among the views.
struct ModelPair {
  size_t a = 0, b = 0;
  std::string family;  ///< "", or what the family's name begins with.
};

/// What `compare`, `baseline` and the planned contrasts of models ask for.
/// @throws UserError where the baseline is no model and no cell.
std::vector<ModelPair> pairs_to_compare(const std::vector<const Model*>& models,
                                        const EvaluateOptions& options);

/// Compares models in one split: by DeLong's test where patients are distinct and one
/// label's AUROC is compared, else by the paired bootstrap over patients, or as
/// `options.test` says. Where resamples do not vary at all the permutation test decides.
/// @param scores resampled more often where the family needs it.
void compare_models(const std::vector<SplitView>& views,
                    const std::vector<ModelPair>& pairs, SplitScores& scores,
                    const EvaluateOptions& options, std::vector<Comparison>& out);

/// Adjusts p within families.
void adjust_families(std::vector<Comparison>& comparisons);

/// An entry of "comparisons", with its verdict.
nlohmann::json comparison_json(const Comparison& comparison);

/// @return the margin of a metric, if one is stated.
std::optional<double> margin_of(const EvaluateOptions& options, Metric metric);

/// A difference as a gain: turned round where lower is better.
double gain(Metric metric, double difference);

}  // namespace medgraft::evaluation
