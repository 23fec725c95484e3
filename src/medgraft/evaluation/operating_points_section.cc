#include "medgraft/evaluation/operating_points_section.h"

#include <cmath>
#include <limits>
#include <string>

#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/share_json.h"
#include "medgraft/evaluation/threshold_rule.h"
#include "medgraft/evaluation/value_json.h"
#include "medgraft/statistics/likelihood_ratio.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using Kind = ThresholdRule::Kind;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr ThresholdRule kRules[] = {
    {Kind::kYouden, 0}, {Kind::kSensitivity, 0.9}, {Kind::kSpecificity, 0.9}};

// One label's cases and whether each is called positive.
struct Calls {
  const statistics::LabelColumn& items;
  std::vector<double> positive;
  const SplitView& view;
  const EvaluateOptions& options;

  // Of the cases where `belongs` holds, the share where `succeeds` does.
  template <class Belongs, class Succeeds>
  json share(const Belongs& belongs, const Succeeds& succeeds,
             const std::string& reason) const {
    std::vector<double> successes;
    std::vector<int64_t> patients;
    for (size_t i = 0; i < positive.size(); ++i) {
      const bool label = items.labels[i] > 0.5, call = positive[i] > 0.5;
      if (!belongs(label, call)) continue;
      successes.push_back(succeeds(label, call));
      patients.push_back(items.patients[i]);
    }
    return share_json(successes, patients, view, options, reason);
  }
};

json likelihood_ratio_json(const Calls& calls) {
  auto ratio = statistics::positive_likelihood_ratio(calls.positive, calls.items.labels,
                                                     calls.items.patients);
  std::string reason = "one class only, or no case called positive";
  if (std::isinf(ratio.value)) {
    reason = "no false positive: the ratio is infinite";
    ratio.value = kUndefined;
  }
  std::string method = "log delta";
  if (calls.options.replicates == 0 || std::isnan(ratio.low)) {
    ratio.low = ratio.high = kUndefined;
    method = "none";
  }
  return value_json(ratio, method, calls.items.num_cases(), calls.items.num_patients(),
                    calls.view.patients_are_known, reason);
}

json rule_json(const statistics::LabelColumn& items, double threshold,
               const SplitView& view, const EvaluateOptions& options) {
  Calls calls{items, {}, view, options};
  for (const double p : items.probabilities) calls.positive.push_back(p >= threshold);
  const auto positive = [](bool label, bool) { return label; };
  const auto negative = [](bool label, bool) { return !label; };
  const auto called = [](bool, bool call) { return call; };
  const auto not_called = [](bool, bool call) { return !call; };
  return {{"threshold", threshold},
          {"reason", nullptr},
          {"sensitivity", calls.share(positive, called, "no positive case")},
          {"specificity", calls.share(negative, not_called, "no negative case")},
          {"ppv", calls.share(called, positive, "no case is called positive")},
          {"npv", calls.share(not_called, negative, "no case is called negative")},
          {"lr_positive", likelihood_ratio_json(calls)}};
}

}  // namespace

json operating_points_json(const SplitView& view, const SplitView* validation,
                           const EvaluateOptions& options) {
  json out = json::object();
  for (size_t k = 0; k < view.predictions->names.size(); ++k) {
    const auto items = label_column(view, k);
    auto& of_label = out[view.predictions->names[k]];
    for (const auto& rule : kRules) {
      const auto [threshold, reason] = choose_threshold(validation, k, rule);
      of_label[name_of(rule)] = reason.empty()
                                    ? rule_json(items, threshold, view, options)
                                    : json{{"threshold", nullptr}, {"reason", reason}};
    }
  }
  return out;
}

}  // namespace medgraft::evaluation
