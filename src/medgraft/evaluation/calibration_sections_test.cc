#include "medgraft/evaluation/calibration_sections.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medgraft/base/rng.h"
#include "medgraft/evaluation/recalibration_section.h"
#include "medgraft/evaluation/selective_section.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

// Two splits of labels that follow sigmoid(z / 2), predicted as sigmoid(z): T is 2.
Predictions overconfident(size_t labels, int64_t cases) {
  Predictions out;
  Rng rng(3);
  for (size_t k = 0; k < labels; ++k) out.names.push_back("label" + std::to_string(k));
  for (int64_t i = 0; i < 2 * cases; ++i) {
    out.cases.push_back(std::to_string(i));
    out.patients.push_back(std::to_string(i / 2));
    out.splits.push_back(i < cases ? "val" : "test");
    out.sites.emplace_back();
    for (size_t k = 0; k < labels; ++k) {
      const double z = 2 * rng.normal();
      out.logits.push_back(z);
      out.probabilities.push_back(1 / (1 + std::exp(-z)));
      out.labels.push_back(rng.uniform() < 1 / (1 + std::exp(-z / 2)) ? 1 : 0);
    }
  }
  return out;
}

// The same in three classes: labels follow softmax(z / 2).
Predictions overconfident_classes(int64_t cases) {
  auto out = overconfident(3, cases);
  out.multiclass = true;
  out.labels.clear();
  Rng rng(4);
  for (size_t i = 0; i < out.cases.size(); ++i) {
    double sum = 0, half = 0;
    for (size_t k = 0; k < 3; ++k) {
      sum += std::exp(out.logits[3 * i + k]);
      half += std::exp(out.logits[3 * i + k] / 2);
    }
    double draw = rng.uniform() * half;
    size_t label = 0;
    while (label < 2 && draw > std::exp(out.logits[3 * i + label] / 2)) {
      draw -= std::exp(out.logits[3 * i + label++] / 2);
    }
    out.labels.push_back(static_cast<double>(label));
    for (size_t k = 0; k < 3; ++k) {
      out.probabilities[3 * i + k] = std::exp(out.logits[3 * i + k]) / sum;
    }
  }
  return out;
}

SplitView view_of(const Predictions& predictions, const std::string& split) {
  SplitView view{&predictions, "model", split, {}, {}, 0, true, {}};
  for (int64_t i = 0; i < predictions.num_cases(); ++i) {
    if (predictions.splits[static_cast<size_t>(i)] != split) continue;
    view.rows.push_back(i);
    view.patient_index.push_back((view.num_cases() - 1) / 2);
  }
  view.num_patients = (view.num_cases() + 1) / 2;
  return view;
}

EvaluateOptions replicates(int64_t count) {
  EvaluateOptions options;
  options.replicates = count;
  return options;
}

void expect_value(const json& value) {
  for (const char* key :
       {"value", "ci_low", "ci_high", "method", "n_cases", "n_patients", "reason"}) {
    EXPECT_TRUE(value.contains(key)) << key;
  }
  EXPECT_LE(value["ci_low"].get<double>(), value["ci_high"].get<double>());
}

TEST(CalibrationSectionsTest, AMiscalibrationOfKnownSizeIsFound) {
  const auto predictions = overconfident(1, 4000);
  const auto section = calibration_json(view_of(predictions, "test"), replicates(200));
  const auto& slope = section["slope"];
  expect_value(slope);
  EXPECT_LT(slope["ci_low"], 0.5);
  EXPECT_GT(slope["ci_high"], 0.5);
  EXPECT_LT(section["intercept"]["ci_low"], 0.0);
  EXPECT_GT(section["intercept"]["ci_high"], 0.0);
  expect_value(section["mce"]);
  expect_value(section["brier_reliability"]);
  EXPECT_FALSE(section.contains("classwise_ece"));
  EXPECT_EQ(section["labels"]["label0"]["slope"], slope);
}

TEST(CalibrationSectionsTest, BrierPartsOfClassesAddUpToTheSummedScore) {
  const auto predictions = overconfident_classes(300);
  const auto view = view_of(predictions, "test");
  const auto section = calibration_json(view, replicates(0));
  double brier = 0;
  for (const int64_t row : view.rows) {
    const auto i = static_cast<size_t>(row);
    for (size_t k = 0; k < 3; ++k) {
      const double y = predictions.labels[i] == static_cast<double>(k) ? 1 : 0;
      brier += std::pow(predictions.probabilities[3 * i + k] - y, 2) / 300;
    }
  }
  const auto part = [&](const char* name) {
    return section[std::string("brier_") + name]["value"].get<double>();
  };
  EXPECT_NEAR(part("reliability") - part("resolution") + part("uncertainty") +
                  part("within_bin_variance") - part("within_bin_covariance"),
              brier, 1e-12);
  EXPECT_TRUE(section.contains("classwise_ece"));
  EXPECT_EQ(section["mce"]["method"], "none");
  EXPECT_TRUE(section["slope"]["ci_low"].is_null());
}

TEST(CalibrationSectionsTest, ReliabilityCountsEveryUnmaskedCaseOnce) {
  auto predictions = overconfident(2, 100);
  predictions.labels[2 * 150] = -1;
  predictions.labels[2 * 151] = std::nan("");
  const auto curves = reliability_json(view_of(predictions, "test"));
  ASSERT_EQ(curves.size(), 2u);
  const std::vector<int> cases = {98, 100};
  for (size_t k = 0; k < 2; ++k) {
    for (const char* bins : {"bins", "bins_equal_mass"}) {
      int total = 0;
      for (const auto& bin : curves[k][bins]) total += bin["n_cases"].get<int>();
      EXPECT_EQ(total, cases[k]);
    }
    EXPECT_EQ(curves[k]["bins"].size(), 15u);
  }
  EXPECT_TRUE(
      reliability_json(view_of(overconfident_classes(50), "test"))[0]["label"].is_null());
}

TEST(CalibrationSectionsTest, TemperatureOfKnownSizeIsFoundOnValidationAndCarried) {
  const auto predictions = overconfident(2, 4000);
  const auto validation = view_of(predictions, "val");
  const Recalibration fitted(&validation);
  const auto on_test =
      fitted.temperature_json(view_of(predictions, "test"), replicates(100));
  const auto on_validation = fitted.temperature_json(validation, replicates(0));
  EXPECT_NEAR(on_test["value"].get<double>(), 2, 0.1);
  EXPECT_EQ(on_test["value"], on_validation["value"]);
  EXPECT_LT(on_test["ece_after"], on_test["ece_before"]);
  EXPECT_LT(on_test["nll_after"], on_test["nll_before"]);
  EXPECT_LT(on_test["nll_difference"]["ci_high"], 0.0);
  expect_value(on_test["ece_difference"]);
  EXPECT_LT(on_test["ece_difference"]["ci_high"], 0.0);
  EXPECT_NEAR(on_test["ece_difference"]["value"].get<double>(),
              on_test["ece_after"].get<double>() - on_test["ece_before"].get<double>(),
              1e-15);
  EXPECT_NEAR(on_test["labels"]["label1"]["value"].get<double>(), 2, 0.2);
}

TEST(CalibrationSectionsTest, EveryMethodMendsAnOverconfidentModel) {
  for (const auto& predictions : {overconfident(2, 4000), overconfident_classes(4000)}) {
    const auto validation = view_of(predictions, "val");
    const auto section =
        Recalibration(&validation)
            .recalibration_json(view_of(predictions, "test"), replicates(1));
    EXPECT_EQ(section.contains("vector"), predictions.multiclass);
    for (const auto& [method, figures] : section.items()) {
      EXPECT_LT(figures["brier_after"], figures["brier_before"]) << method;
      EXPECT_LT(figures["ece_after"], 0.05) << method;
      expect_value(figures["brier_difference"]);
      EXPECT_TRUE(figures["reason"].is_null());
    }
  }
}

TEST(CalibrationSectionsTest, WithoutValidationThereIsNoMapAndAReason) {
  for (const auto& predictions : {overconfident(2, 50), overconfident_classes(50)}) {
    const auto view = view_of(predictions, "test");
    const Recalibration fitted(nullptr);
    const auto temperature = fitted.temperature_json(view, replicates(10));
    EXPECT_TRUE(temperature["value"].is_null());
    EXPECT_TRUE(temperature["ece_after"].is_null());
    EXPECT_NE(temperature["reason"].get<std::string>().find("no validation"),
              std::string::npos);
    const auto methods = fitted.recalibration_json(view, replicates(10));
    for (const auto& [method, figures] : methods.items()) {
      EXPECT_TRUE(figures["nll_after"].is_null()) << method;
      EXPECT_TRUE(figures["nll_difference"]["reason"].is_string()) << method;
    }
  }
}

TEST(CalibrationSectionsTest, ALabelOfOneClassOnValidationIsLeftOutAndNamed) {
  auto predictions = overconfident(2, 200);
  for (size_t i = 0; i < 200; ++i) predictions.labels[2 * i + 1] = 0;
  const auto validation = view_of(predictions, "val");
  const auto platt =
      Recalibration(&validation)
          .recalibration_json(view_of(predictions, "test"), replicates(0))["platt"];
  EXPECT_TRUE(platt["parameters"].contains("label0"));
  EXPECT_FALSE(platt["parameters"].contains("label1"));
  EXPECT_NE(platt["unfitted"]["label1"].get<std::string>().find("one class"),
            std::string::npos);
  EXPECT_FALSE(platt["nll_after"].is_null());
}

TEST(CalibrationSectionsTest, WithoutLogitsTheClippedProbabilityStandsIn) {
  auto with = overconfident(1, 500);
  auto without = with;
  without.logits.clear();
  const auto validation = view_of(with, "val"), bare = view_of(without, "val");
  EXPECT_NEAR(
      Recalibration(&validation)
          .temperature_json(validation, replicates(0))["value"]
          .get<double>(),
      Recalibration(&bare).temperature_json(bare, replicates(0))["value"].get<double>(),
      1e-9);
}

TEST(CalibrationSectionsTest, SelectiveFiguresFollowTheSchema) {
  const auto predictions = overconfident(2, 600);
  const auto section = selective_json(view_of(predictions, "test"), replicates(200));
  expect_value(section["aurc"]);
  expect_value(section["e_aurc"]);
  for (const char* coverage : {"0.5", "0.7", "0.8", "0.9", "0.95"}) {
    expect_value(section["accuracy_at_coverage"][coverage]);
  }
  ASSERT_EQ(section["curve"].size(), 100u);
  EXPECT_EQ(section["curve"].back()["coverage"], 1.0);
  EXPECT_NEAR((section["labels"]["label0"]["aurc"]["value"].get<double>() +
               section["labels"]["label1"]["aurc"]["value"].get<double>()) /
                  2,
              section["aurc"]["value"].get<double>(), 1e-15);
  // The risk at full coverage is the error rate; half of the cases err less.
  EXPECT_LT(section["curve"][49]["risk"], section["curve"][99]["risk"]);
  EXPECT_NEAR(section["accuracy_at_coverage"]["0.5"]["value"].get<double>(),
              1 - section["curve"][49]["risk"].get<double>(), 1e-12);
}

TEST(CalibrationSectionsTest, SelectiveOfClassesUsesTheMostProbable) {
  const auto predictions = overconfident_classes(40);
  const auto view = view_of(predictions, "test");
  const auto section = selective_json(view, replicates(0));
  double wrong = 0;
  for (const int64_t row : view.rows) {
    const auto* p = &predictions.probabilities[3 * static_cast<size_t>(row)];
    wrong += static_cast<double>(std::max_element(p, p + 3) - p) !=
             predictions.labels[static_cast<size_t>(row)];
  }
  ASSERT_EQ(section["curve"].size(), 40u);
  EXPECT_NEAR(section["curve"].back()["risk"].get<double>(), wrong / 40, 1e-15);
}

TEST(CalibrationSectionsTest, UnlabeledSplitsAreUndefinedWithAReason) {
  for (auto predictions : {overconfident(1, 20), overconfident_classes(20)}) {
    for (double& label : predictions.labels) label = std::nan("");
    const auto view = view_of(predictions, "test");
    EXPECT_EQ(selective_json(view, replicates(20))["aurc"]["reason"], "no labeled case");
    EXPECT_TRUE(calibration_json(view, replicates(20))["slope"]["reason"].is_string());
    const auto validation = view_of(predictions, "val");
    const auto section =
        Recalibration(&validation).recalibration_json(view, replicates(20));
    EXPECT_TRUE(section["platt"]["nll_before"].is_null());
    EXPECT_TRUE(section["temperature"]["reason"].is_string());
  }
}

}  // namespace
}  // namespace medgraft::evaluation
