#pragma once

#include <string>
#include <vector>

#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// How the threshold of each label is chosen on validation cases.
struct ThresholdRule {
  enum class Kind { kYouden, kSensitivity, kSpecificity, kFixed };
  Kind kind = Kind::kYouden;
  double target = 0;  ///< The rate to reach, or the threshold itself.
};

/// Reads "youden", "sensitivity=0.9", "specificity=0.9" or a threshold such as "0.5".
/// @throws UserError saying what is accepted.
ThresholdRule parse_threshold_rule(const std::string& name);

/// "youden", "sensitivity>=0.9", "specificity>=0.9", "threshold=0.5".
std::string name_of(const ThresholdRule& rule);

/// The threshold of a label, or why there is none.
struct ChosenThreshold {
  double value = 0;    ///< NaN where there is a reason.
  std::string reason;  ///< Empty where there is a threshold.
};

/// @param validation null, or a view without cases: only a fixed threshold is known.
ChosenThreshold choose_threshold(const SplitView* validation, size_t label,
                                 const ThresholdRule& rule);

/// The thresholds of all labels, [K]. Where the rule finds none: 0.5 without a class of
/// the label to choose by; just above the highest validation probability where no
/// probability reaches the specificity, so that no case like those is called positive.
std::vector<double> frozen_thresholds(const SplitView* validation, size_t num_labels,
                                      const ThresholdRule& rule);
/// The same by the validation cases among a model's predictions.
std::vector<double> frozen_thresholds(const Predictions& predictions,
                                      const ThresholdRule& rule);

}  // namespace medgraft::evaluation
