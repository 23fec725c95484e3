#include "medgraft/statistics/recalibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/calibration.h"
#include "medgraft/statistics/isotonic.h"
#include "medgraft/statistics/logistic.h"
#include "medgraft/statistics/recalibration_softmax.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;

// Against scikit-learn, statsmodels, SciPy and betacal: tests/goldens/calibration.py.
class RecalibrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/calibration.json");
    const auto all = nlohmann::json::parse(file);
    golden_ = all.at("recalibration");
    classes_golden_ = all.at("multiclass");
    p_ = all.at("binary").at("p").get<std::vector<double>>();
    y_ = all.at("binary").at("y").get<std::vector<double>>();
    for (const double p : p_) logits_.push_back(clipped_logit(p));
    for (const auto& row : classes_golden_.at("logits")) {
      for (const double z : row) cases_.logits.push_back(z);
    }
    cases_.classes = classes_golden_.at("classes").get<std::vector<int64_t>>();
    cases_.num_classes = 3;
  }

  nlohmann::json golden_, classes_golden_;
  std::vector<double> p_, y_, logits_;
  ClassLogits cases_;
};

TEST_F(RecalibrationTest, TemperatureIsTheRootOfTheDerivative) {
  const double fitted = fit_temperature(logits_, y_).value();
  EXPECT_NEAR(fitted, golden_["temperature"].get<double>(), kExact);
  // scikit-learn's logits of a binary prediction are (-x, x): its T is twice ours.
  EXPECT_NEAR(fitted, golden_["temperature_scikit_learn"].get<double>() / 2, 1e-6);
}

TEST_F(RecalibrationTest, ClassTemperatureMatchesSciPyAndScikitLearn) {
  const double fitted = fit_class_temperature(cases_).value();
  EXPECT_NEAR(fitted, classes_golden_["temperature"].get<double>(), kExact);
  EXPECT_NEAR(fitted, classes_golden_["temperature_scikit_learn"].get<double>(), 1e-6);
}

TEST_F(RecalibrationTest, PlattMatchesStatsmodelsAndScikitLearn) {
  const auto map = fit_platt(logits_, y_).value();
  EXPECT_NEAR(map.slope, golden_["platt"][0].get<double>(), kExact);
  EXPECT_NEAR(map.intercept, golden_["platt"][1].get<double>(), kExact);
  EXPECT_NEAR(map.slope, golden_["platt_scikit_learn"][0].get<double>(), 1e-7);
}

TEST_F(RecalibrationTest, BetaMatchesStatsmodelsAndTheBoundedOptimum) {
  const auto map = fit_beta(p_, y_).value();
  EXPECT_NEAR(map.a, golden_["beta"][0].get<double>(), kExact);
  EXPECT_NEAR(map.b, golden_["beta"][1].get<double>(), kExact);
  EXPECT_NEAR(map.c, golden_["beta"][2].get<double>(), kExact);
  const auto& bounded = golden_["beta_bounded"];
  const auto at_bound = fit_beta(bounded["p"].get<std::vector<double>>(),
                                 bounded["y"].get<std::vector<double>>())
                            .value();
  EXPECT_NEAR(at_bound.a, bounded["abc"][0].get<double>(), 1e-8);
  EXPECT_EQ(at_bound.b, 0);
  EXPECT_NEAR(at_bound.c, bounded["abc"][2].get<double>(), 1e-8);
}

TEST_F(RecalibrationTest, IsotonicMatchesScikitLearn) {
  const auto map = isotonic_fit(p_, y_);
  EXPECT_EQ(map.x.size(), golden_["isotonic"]["num_knots"].get<size_t>());
  const auto grid = golden_["isotonic"]["grid"].get<std::vector<double>>();
  const auto values = golden_["isotonic"]["values"].get<std::vector<double>>();
  for (size_t i = 0; i < grid.size(); ++i) {
    EXPECT_NEAR(map(grid[i]), values[i], kExact) << grid[i];
  }
}

TEST_F(RecalibrationTest, VectorScalingMatchesSciPy) {
  const auto scaling = fit_vector_scaling(cases_).value();
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(scaling.weights[k], classes_golden_["vector"]["weights"][k].get<double>(),
                1e-8);
    EXPECT_NEAR(scaling.biases[k], classes_golden_["vector"]["biases"][k].get<double>(),
                1e-8);
  }
}

TEST_F(RecalibrationTest, ClasswiseAndTopErrorsMatchNetcal) {
  const auto& rows = classes_golden_.at("probabilities");
  double sum = 0;
  LabelColumn top;
  for (size_t k = 0; k < 3; ++k) {
    LabelColumn column;
    for (size_t i = 0; i < rows.size(); ++i) {
      column.probabilities.push_back(rows[i][k]);
      column.labels.push_back(cases_.classes[i] == static_cast<int64_t>(k));
      column.patients.push_back(0);
    }
    sum += calibration_error(BinnedSample(column).bins());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto p = rows[i].get<std::vector<double>>();
    const auto best = std::max_element(p.begin(), p.end());
    top.probabilities.push_back(*best);
    top.labels.push_back(best - p.begin() == cases_.classes[i]);
    top.patients.push_back(0);
  }
  const auto bins = BinnedSample(top).bins();
  EXPECT_NEAR(sum / 3, classes_golden_["classwise_ece"].get<double>(), kExact);
  EXPECT_NEAR(calibration_error(bins), classes_golden_["ece"]["netcal"].get<double>(),
              kExact);
  EXPECT_NEAR(maximum_calibration_error(bins),
              classes_golden_["mce"]["netcal"].get<double>(), kExact);
}

TEST_F(RecalibrationTest, DegenerateValidationIsRefusedWithAReason) {
  const std::vector<double> none, z = {-1, 1, 2}, p = {0.1, 0.7, 0.9};
  const std::vector<double> ones = {1, 1, 1}, right = {0, 1, 1}, wrong = {1, 0, 0};
  EXPECT_FALSE(fit_temperature(none, none));
  EXPECT_FALSE(fit_platt(none, none));
  EXPECT_FALSE(fit_beta(none, none));
  EXPECT_NE(fit_temperature(z, ones).error().reason.find("one class"), std::string::npos);
  EXPECT_NE(fit_platt(z, ones).error().reason.find("one class"), std::string::npos);
  EXPECT_NE(fit_temperature(z, right).error().reason.find("errs"), std::string::npos);
  EXPECT_NE(fit_temperature(z, wrong).error().reason.find("contradict"),
            std::string::npos);
  EXPECT_NE(fit_beta(p, right).error().reason.find("separate"), std::string::npos);
  // Platt's targets keep the optimum finite.
  EXPECT_GT(fit_platt(z, right).value().slope, 0);
}

TEST_F(RecalibrationTest, ContradictedBetaIsConstant) {
  const std::vector<double> p = {0.1, 0.2, 0.8, 0.9}, y = {1, 1, 0, 0};
  const auto map = fit_beta(p, y).value();
  EXPECT_EQ(map.a, 0);
  EXPECT_EQ(map.b, 0);
  EXPECT_NEAR(map(0.3), 0.5, 1e-12);
}

TEST_F(RecalibrationTest, SeparatedClassesHaveNoVectorScaling) {
  ClassLogits separated{{4, 0, 0, 0, 4, 0, 0, 0, 4, 3, 0, 1}, {0, 1, 2, 0}, 3};
  EXPECT_FALSE(fit_vector_scaling(separated));
  EXPECT_FALSE(fit_class_temperature(separated));
  ClassLogits absent{{1, 0, 0, 0, 1, 0}, {0, 0}, 3};
  EXPECT_NE(fit_vector_scaling(absent).error().reason.find("no validation case"),
            std::string::npos);
}

}  // namespace
}  // namespace medgraft::statistics
