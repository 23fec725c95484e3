#include "medgraft/evaluation/threshold_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/evaluation/label_columns.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/thresholds.h"

namespace medgraft::evaluation {
namespace {

using Kind = ThresholdRule::Kind;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kDefault = 0.5;

double threshold_by(const ThresholdRule& rule, const statistics::LabelColumn& items) {
  switch (rule.kind) {
    case Kind::kYouden:
      return statistics::BinarySample(items.probabilities, items.labels)
          .youden_threshold();
    case Kind::kSensitivity:
      return statistics::threshold_of_sensitivity(items.probabilities, items.labels,
                                                  rule.target);
    case Kind::kSpecificity:
      return statistics::threshold_of_specificity(items.probabilities, items.labels,
                                                  rule.target);
    case Kind::kFixed:
      break;
  }
  return rule.target;
}

// What the rule needs and the label lacks on validation; empty where it lacks nothing.
std::string what_is_missing(const ThresholdRule& rule,
                            const statistics::LabelColumn& items) {
  const int64_t positives = items.num_positives(),
                negatives = items.num_cases() - positives;
  const bool needs_positive = rule.kind != Kind::kSpecificity;
  const bool needs_negative = rule.kind != Kind::kSensitivity;
  if (items.size() == 0) return "no labeled validation case";
  if (needs_positive && positives == 0) return "no positive validation case";
  if (needs_negative && negatives == 0) return "no negative validation case";
  return "";
}

}  // namespace

ThresholdRule parse_threshold_rule(const std::string& name) {
  if (name == "youden") return {};
  const auto equals = name.find('=');
  const auto kind = name.substr(0, equals == std::string::npos ? 0 : equals);
  const bool is_rate = kind == "sensitivity" || kind == "specificity";
  const auto number = parse_double(is_rate ? name.substr(equals + 1) : name);
  const bool is_valid =
      number && (is_rate ? *number > 0 && *number <= 1 : *number >= 0 && *number <= 1);
  require(
      is_valid, "--threshold ", name,
      " is not accepted; give youden, sensitivity=0.9 or specificity=0.9 (a rate above "
      "0, at most 1), or a probability such as 0.5");
  return {!is_rate                ? Kind::kFixed
          : kind == "sensitivity" ? Kind::kSensitivity
                                  : Kind::kSpecificity,
          *number};
}

std::string name_of(const ThresholdRule& rule) {
  switch (rule.kind) {
    case Kind::kYouden:
      return "youden";
    case Kind::kSensitivity:
      return text("sensitivity>=", format_number(rule.target));
    case Kind::kSpecificity:
      return text("specificity>=", format_number(rule.target));
    case Kind::kFixed:
      break;
  }
  return text("threshold=", format_number(rule.target));
}

ChosenThreshold choose_threshold(const SplitView* validation, size_t label,
                                 const ThresholdRule& rule) {
  if (rule.kind == Kind::kFixed) return {rule.target, ""};
  if (validation == nullptr) return {kUndefined, "no validation cases"};
  const auto items = label_column(*validation, label);
  const auto missing = what_is_missing(rule, items);
  if (!missing.empty()) return {kUndefined, missing};
  const double threshold = threshold_by(rule, items);
  if (std::isnan(threshold)) {
    return {kUndefined, text("no validation probability reaches specificity ",
                             rule.target, ": too many negatives share the highest")};
  }
  return {threshold, ""};
}

std::vector<double> frozen_thresholds(const SplitView* validation, size_t num_labels,
                                      const ThresholdRule& rule) {
  std::vector<double> out;
  for (size_t k = 0; k < num_labels; ++k) {
    double threshold = choose_threshold(validation, k, rule).value;
    if (std::isnan(threshold)) {
      threshold = kDefault;
      const auto items =
          validation ? label_column(*validation, k) : statistics::LabelColumn();
      if (items.size() > 0 && what_is_missing(rule, items).empty()) {
        threshold = std::nextafter(
            *std::max_element(items.probabilities.begin(), items.probabilities.end()),
            std::numeric_limits<double>::infinity());
      }
    }
    out.push_back(threshold);
  }
  return out;
}

std::vector<double> frozen_thresholds(const Predictions& predictions,
                                      const ThresholdRule& rule) {
  SplitView validation;
  validation.predictions = &predictions;
  validation.rows = rows_of_split(predictions, "val");
  validation.patient_index.resize(validation.rows.size());  // None is resampled.
  return frozen_thresholds(&validation, predictions.names.size(), rule);
}

}  // namespace medgraft::evaluation
