#include "medgraft/evaluation/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/bootstrap.h"

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

struct Test {
  Interval interval;
  double p = std::numeric_limits<double>::quiet_NaN();
  const char* name = "paired bootstrap";
};

Test delong_test(const Scorer& a, const Scorer& b, double difference) {
  constexpr double kNormal975 = 1.959963984540054;
  const double variance = difference_variance(a, b);
  const double half = kNormal975 * std::sqrt(std::max(variance, 0.0));
  return {{difference, difference - half, difference + half},
          statistics::paired_delong_p(difference, variance),
          "delong"};
}

Test bootstrap_test(const SplitScores& scores, const std::pair<size_t, size_t>& pair,
                    size_t metric_index, double difference) {
  auto differences = scores.bootstrap_values(pair.first, metric_index);
  const auto of_b = scores.bootstrap_values(pair.second, metric_index);
  for (size_t r = 0; r < differences.size(); ++r) differences[r] -= of_b[r];
  Test out;
  out.interval = statistics::percentile_interval(difference, differences);
  if (!differences.empty()) out.p = statistics::bootstrap_p(differences);
  return out;
}

json comparison_json(const std::vector<SplitView>& views,
                     const std::pair<size_t, size_t>& pair, size_t metric_index,
                     const SplitScores& scores, const EvaluateOptions& options) {
  const auto metric = options.metrics[metric_index];
  const auto& a = scores.scorer(pair.first);
  const auto& b = scores.scorer(pair.second);
  const double difference = a.score(metric, {}) - b.score(metric, {});
  const bool delong =
      metric == Metric::kAuroc && a.is_binary() && a.patients_are_distinct();
  const auto test = delong ? delong_test(a, b, difference)
                           : bootstrap_test(scores, pair, metric_index, difference);
  const auto& split = views[pair.first].split;
  return {{"a", views[pair.first].model},
          {"b", views[pair.second].model},
          {"split", split},
          {"metric", name_of(metric)},
          {"difference", number_json(difference)},
          {"ci_low", number_json(test.interval.low)},
          {"ci_high", number_json(test.interval.high)},
          {"p", number_json(test.p)},
          {"p_adjusted", nullptr},
          {"test", test.name},
          {"family", text(split, "/", name_of(metric))},
          {"verdict", nullptr}};
}

void adjust_families(json& comparisons) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t i = 0; i < comparisons.size(); ++i) {
    if (!comparisons[i]["p"].is_null()) families[comparisons[i]["family"]].push_back(i);
  }
  for (const auto& [_, members] : families) {
    std::vector<double> p;
    for (const size_t i : members) p.push_back(comparisons[i]["p"]);
    const auto adjusted = statistics::holm(p);
    for (size_t i = 0; i < members.size(); ++i) {
      comparisons[members[i]]["p_adjusted"] = adjusted[i];
    }
  }
}

}  // namespace

ModelPairs pairs_to_compare(const std::vector<std::string>& names,
                            const EvaluateOptions& options) {
  ModelPairs out;
  if (!options.baseline.empty()) {
    const auto found = std::find(names.begin(), names.end(), options.baseline);
    require(found != names.end(), "--baseline ", options.baseline,
            " is none of the models given");
    const auto b = static_cast<size_t>(found - names.begin());
    for (size_t a = 0; a < names.size(); ++a) {
      if (a != b) out.emplace_back(a, b);
    }
  } else if (options.compare) {
    for (size_t a = 0; a < names.size(); ++a) {
      for (size_t b = a + 1; b < names.size(); ++b) out.emplace_back(a, b);
    }
  }
  return out;
}

json comparisons_json(const std::vector<SplitView>& views, const ModelPairs& pairs,
                      SplitScores& scores, const EvaluateOptions& options) {
  // So many that the smallest p they allow, times the family, is below 0.01.
  scores.grow_to(200 * std::ssize(pairs));
  json out = json::array();
  for (const auto& pair : pairs) {
    for (size_t i = 0; i < options.metrics.size(); ++i) {
      out.push_back(comparison_json(views, pair, i, scores, options));
    }
  }
  adjust_families(out);
  return out;
}

}  // namespace medgraft::evaluation
