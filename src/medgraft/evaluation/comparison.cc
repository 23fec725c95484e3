#include "medgraft/evaluation/comparison.h"

#include <algorithm>
#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/evaluation/ensemble.h"
#include "medgraft/evaluation/paired_permutation.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/permutation.h"
#include "medgraft/statistics/verdict.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Interval;

double difference_variance(const Scorer& a, const Scorer& b) {
  const auto parts_a = a.components(0), parts_b = b.components(0);
  const auto covariance = [&](const auto& x, const auto& y) {
    return statistics::auroc_covariance(x, y, a.labels_of(0), a.patients_of(0));
  };
  return covariance(parts_a, parts_a) + covariance(parts_b, parts_b) -
         2 * covariance(parts_a, parts_b);
}

void test_by_delong(const Scorer& a, const Scorer& b, Comparison& out) {
  constexpr double kNormal975 = 1.959963984540054;
  out.test = "delong";
  const double difference = out.difference.value;
  const double variance = difference_variance(a, b);
  out.standard_error = std::sqrt(std::max(variance, 0.0));
  const double half = kNormal975 * out.standard_error;
  out.difference = {difference, difference - half, difference + half};
  out.p = statistics::paired_delong_p(difference, variance);
  if (out.margin && out.standard_error > 0) {
    const double z = (gain(out.metric, difference) + *out.margin) / out.standard_error;
    out.p_non_inferiority = std::erfc(z / std::sqrt(2.0)) / 2;
  }
}

void test_by_bootstrap(std::vector<double> a, const std::vector<double>& b,
                       Comparison& out) {
  out.test = "paired bootstrap";
  auto& differences = a;
  for (size_t r = 0; r < a.size(); ++r) differences[r] -= b[r];
  out.difference = statistics::percentile_interval(out.difference.value, differences);
  const double variance = statistics::variance(differences);
  if (std::isnan(variance)) return;  // Nothing was resampled, or it is defined in none.
  out.standard_error = std::sqrt(variance);
  out.p = statistics::bootstrap_p(differences);
  if (!out.margin) return;
  double beyond = 0, count = 0;
  for (const double value : differences) {
    if (std::isnan(value)) continue;
    ++count;
    beyond += gain(out.metric, value) <= -*out.margin;
  }
  out.p_non_inferiority = (1 + beyond) / (count + 1);
}

bool wants_permutation(const Comparison& comparison, const EvaluateOptions& options) {
  if (options.replicates == 0) return false;
  // Resamples of a perfect model and a constant one all differ alike, however few cases
  // there are: their spread, 0, is no evidence.
  const bool degenerate =
      !(comparison.standard_error > 1e-12) && comparison.difference.value != 0;
  return degenerate || options.test == ComparisonTest::kPermutation;
}

// p of the pair's metrics for which the permutation test stands.
void test_by_permutation(const SplitView& a, const SplitView& b,
                         const EvaluateOptions& options, int64_t permutations,
                         std::span<Comparison> comparisons) {
  std::vector<Metric> metrics;
  for (const auto& comparison : comparisons) {
    if (wants_permutation(comparison, options)) metrics.push_back(comparison.metric);
  }
  if (metrics.empty()) return;
  const auto values = PairedPermutation(a, b, metrics)
                          .differences(permutations, options.seed, options.threads);
  size_t at = 0;
  for (auto& comparison : comparisons) {
    if (!wants_permutation(comparison, options)) continue;
    comparison.test = "paired permutation";
    comparison.p = statistics::permutation_p(comparison.difference.value, values[at++]);
  }
}

// Of a study's models, what was not planned.
std::string exploratory(const std::string& group) {
  return group.empty() ? "" : "exploratory: " + group;
}

std::string family_of(const ModelPair& pair, const std::string& split, Metric metric) {
  return text(pair.family, pair.family.empty() ? "" : ", ", split, "/", name_of(metric));
}

void compare_pair(const std::vector<SplitView>& views, const ModelPair& pair,
                  const SplitScores& scores, const EvaluateOptions& options,
                  std::vector<Comparison>& out) {
  const auto& a = scores.scorer(pair.a);
  const auto& b = scores.scorer(pair.b);
  const auto first = out.size();
  for (size_t i = 0; i < options.metrics.size(); ++i) {
    Comparison entry;
    entry.a = views[pair.a].model;
    entry.b = views[pair.b].model;
    entry.split = views[pair.a].split;
    entry.metric = options.metrics[i];
    entry.family = family_of(pair, entry.split, entry.metric);
    entry.margin = margin_of(options, entry.metric);
    entry.difference.value = a.score(entry.metric, {}) - b.score(entry.metric, {});
    const bool delong = options.test != ComparisonTest::kBootstrap &&
                        entry.metric == Metric::kAuroc && a.is_binary() &&
                        a.patients_are_distinct();
    if (delong) {
      test_by_delong(a, b, entry);
    } else {
      test_by_bootstrap(scores.bootstrap_values(pair.a, i),
                        scores.bootstrap_values(pair.b, i), entry);
    }
    out.push_back(std::move(entry));
  }
  test_by_permutation(views[pair.a], views[pair.b], options, scores.num_replicates(),
                      std::span(out).subspan(first));
}

json optional_json(const std::optional<double>& value) {
  return value ? number_json(*value) : json();
}

}  // namespace

std::optional<double> margin_of(const EvaluateOptions& options, Metric metric) {
  const auto found = options.margins.find(name_of(metric));
  if (found == options.margins.end()) return {};
  return found->second;
}

double gain(Metric metric, double difference) {
  return higher_is_better(metric) ? difference : -difference;
}

std::vector<ModelPair> pairs_to_compare(const std::vector<const Model*>& models,
                                        const EvaluateOptions& options) {
  std::map<std::string, size_t> place;
  for (size_t m = 0; m < models.size(); ++m) place[models[m]->name] = m;
  std::vector<std::string> names;
  for (const auto* model : models) names.push_back(model->name);
  for (const auto& cell : options.cells) names.push_back(cell.name);
  std::vector<ModelPair> out;
  const auto baseline = place.find(options.baseline);
  const bool is_cell =
      std::any_of(options.cells.begin(), options.cells.end(),
                  [&](const auto& cell) { return cell.name == options.baseline; });
  require(options.baseline.empty() || baseline != place.end() || is_cell, "--baseline ",
          options.baseline, " is none of the models given",
          hint(options.baseline, names));
  for (size_t a = 0; a < models.size(); ++a) {
    for (size_t b = a + 1; b < models.size() && options.baseline.empty(); ++b) {
      if (options.compare && models[a]->group == models[b]->group) {
        out.push_back({a, b, exploratory(models[a]->group)});
      }
    }
    if (baseline == place.end() || a == baseline->second) continue;
    if (models[a]->group == models[baseline->second]->group) {
      out.push_back({a, baseline->second, exploratory(models[a]->group)});
    }
  }
  const auto add = [&](const std::string& name_a, const std::string& name_b,
                       const std::string& family) {
    const auto a = place.find(name_a), b = place.find(name_b);
    if (a != place.end() && b != place.end()) {
      out.push_back({a->second, b->second, family});
    }
  };
  for (const auto& cell : options.cells) {  // Their ensembles, where there are some.
    if (!is_cell || cell.name == options.baseline) continue;
    add(ensemble_name(cell.name), ensemble_name(options.baseline), "");
  }
  for (const auto& contrast : options.contrasts) {
    add(contrast.a, contrast.b, text("exploratory: ", contrast.task));
    add(ensemble_name(contrast.a), ensemble_name(contrast.b),
        text("exploratory: ", contrast.task, " ensembles"));
  }
  return out;
}

void compare_models(const std::vector<SplitView>& views,
                    const std::vector<ModelPair>& pairs, SplitScores& scores,
                    const EvaluateOptions& options, std::vector<Comparison>& out) {
  // So many that the smallest p they allow, times the family, is below 0.01.
  scores.grow_to(200 * std::ssize(pairs));
  for (const auto& pair : pairs) compare_pair(views, pair, scores, options, out);
}

void adjust_families(std::vector<Comparison>& comparisons) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < comparisons.size(); ++i) {
    if (!std::isnan(comparisons[i].p)) families[comparisons[i].family].push_back(i);
  }
  for (const auto& [_, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(comparisons[i].p);
    const auto adjusted = statistics::holm(p);
    for (size_t i = 0; i < members.size(); ++i) {
      comparisons[members[i]].p_adjusted = adjusted[i];
    }
  }
}

json comparison_json(const Comparison& comparison) {
  const bool varies = comparison.standard_error > 0;
  json out = {{"a", comparison.a},
              {"b", comparison.b},
              {"split", comparison.split},
              {"metric", name_of(comparison.metric)},
              {"difference", number_json(comparison.difference.value)},
              {"ci_low", number_json(comparison.difference.low)},
              {"ci_high", number_json(comparison.difference.high)},
              {"p", number_json(comparison.p)},
              {"p_adjusted", number_json(comparison.p_adjusted)},
              {"test", comparison.test},
              {"family", comparison.family},
              {"verdict", nullptr},
              {"standard_error", number_json(comparison.standard_error)},
              {"minimum_detectable",
               varies ? number_json(statistics::minimum_detectable(
                            comparison.standard_error, comparison.degrees_of_freedom))
                      : json()},
              {"margin", optional_json(comparison.margin)},
              {"p_non_inferiority", number_json(comparison.p_non_inferiority)}};
  if (!std::isinf(comparison.degrees_of_freedom)) {
    out["degrees_of_freedom"] = number_json(comparison.degrees_of_freedom);
  }
  if (comparison.num_seeds) out["n_seeds"] = *comparison.num_seeds;
  if (!std::isnan(comparison.p)) {
    // An interval without width says nothing of non-inferiority.
    out["verdict"] = to_string(statistics::judge(
        comparison.difference, comparison.p_adjusted,
        varies ? comparison.margin : std::nullopt, higher_is_better(comparison.metric),
        comparison.num_seeds.value_or(2)));
  }
  return out;
}

}  // namespace medgraft::evaluation
