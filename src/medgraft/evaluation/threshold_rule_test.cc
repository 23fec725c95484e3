#include "medgraft/evaluation/threshold_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

Predictions predictions_of(std::vector<double> probabilities,
                           std::vector<double> labels) {
  Predictions out;
  out.names = {"finding"};
  out.cases.resize(labels.size());
  out.probabilities = std::move(probabilities);
  out.labels = std::move(labels);
  return out;
}

SplitView view_of(const Predictions& predictions) {
  SplitView view;
  view.predictions = &predictions;
  view.rows.resize(predictions.cases.size());
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  view.patient_index = view.rows;
  view.num_patients = view.num_cases();
  return view;
}

TEST(ThresholdRuleTest, ReadsEveryKind) {
  for (const auto& [name, written] : {std::pair{"youden", "youden"},
                                      {"sensitivity=0.9", "sensitivity>=0.9"},
                                      {"specificity=1", "specificity>=1"},
                                      {"0.5", "threshold=0.5"},
                                      {"0", "threshold=0"}}) {
    EXPECT_EQ(name_of(parse_threshold_rule(name)), written);
  }
}

TEST(ThresholdRuleTest, RefusesWhatIsNone) {
  for (const char* name : {"", "f1", "sensitivity", "sensitivity=", "sensitivity=0",
                           "specificity=1.1", "sensitivity=nan", "1.5", "-0.1", "nan",
                           "sensitivity>=0.9", "0.5x", "=0.9", "youden=0.9"}) {
    try {
      parse_threshold_rule(name);
      ADD_FAILURE() << name;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("give youden, sensitivity=0.9"),
                std::string::npos);
    }
  }
}

TEST(ThresholdRuleTest, ChoosesOnValidation) {
  const auto predictions =
      predictions_of({0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, {0, 0, 1, 0, 1, 1});
  const auto view = view_of(predictions);
  const auto chosen = [&](const char* rule) {
    return choose_threshold(&view, 0, parse_threshold_rule(rule)).value;
  };
  EXPECT_EQ(chosen("youden"), 0.3);  // And 0.5: the lowest.
  EXPECT_EQ(chosen("sensitivity=0.9"), 0.3);
  EXPECT_EQ(chosen("sensitivity=0.6"), 0.5);
  EXPECT_EQ(chosen("specificity=0.9"), 0.5);
  EXPECT_EQ(chosen("specificity=0.6"), 0.3);
  EXPECT_EQ(chosen("0.45"), 0.45);
}

TEST(ThresholdRuleTest, SaysWhyThereIsNone) {
  const auto tied = predictions_of({0.8, 0.8, 0.2}, {0, 1, 0});
  const auto negatives = predictions_of({0.8, 0.2}, {0, 0});
  const auto masked = predictions_of({0.8}, {-1});
  const auto reason = [](const Predictions& predictions, const char* rule) {
    const auto view = view_of(predictions);
    return choose_threshold(&view, 0, parse_threshold_rule(rule)).reason;
  };
  EXPECT_EQ(reason(tied, "specificity=0.9"),
            "no validation probability reaches specificity 0.9: too many negatives share "
            "the highest");
  EXPECT_EQ(reason(negatives, "youden"), "no positive validation case");
  EXPECT_EQ(reason(negatives, "sensitivity=0.9"), "no positive validation case");
  EXPECT_EQ(reason(masked, "youden"), "no labeled validation case");
  EXPECT_EQ(choose_threshold(nullptr, 0, {}).reason, "no validation cases");
  EXPECT_EQ(choose_threshold(nullptr, 0, parse_threshold_rule("0.3")).value, 0.3);
}

TEST(ThresholdRuleTest, FrozenThresholdsAreAlwaysNumbers) {
  const auto tied = predictions_of({0.8, 0.8, 0.2}, {0, 1, 0});
  const auto view = view_of(tied);
  EXPECT_EQ(frozen_thresholds(nullptr, 2, {}), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(frozen_thresholds(&view, 1, parse_threshold_rule("0.3"))[0], 0.3);
  const double above =
      frozen_thresholds(&view, 1, parse_threshold_rule("specificity=1"))[0];
  EXPECT_GT(above, 0.8);
  EXPECT_LT(above, 0.8 + 1e-15);
}

}  // namespace
}  // namespace medgraft::evaluation
