#include "medgraft/statistics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "medgraft/statistics/logistic_recalibration.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;

// Against netcal, torchmetrics, statsmodels and definitions:
// tests/goldens/calibration.py.
class CalibrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/calibration.json");
    golden_ = nlohmann::json::parse(file).at("binary");
    column_ = {golden_.at("p"), golden_.at("y"), golden_.at("patients")};
  }
  double golden(const char* name) const { return golden_.at(name).get<double>(); }

  static constexpr int64_t kPatients = 110;
  nlohmann::json golden_;
  LabelColumn column_;
};

TEST_F(CalibrationTest, ErrorsMatchNetcalAndTorchmetrics) {
  const auto bins = BinnedSample(column_).bins();
  for (const char* library : {"netcal", "torchmetrics"}) {
    EXPECT_NEAR(calibration_error(bins), golden_["ece"][library].get<double>(), kExact);
    EXPECT_NEAR(maximum_calibration_error(bins), golden_["mce"][library].get<double>(),
                kExact);
  }
}

TEST_F(CalibrationTest, BrierPartsMatchTheDefinitionAndAddUpToTheScore) {
  const auto parts = brier_parts(BinnedSample(column_).bins());
  const auto& want = golden_["brier_parts"];
  EXPECT_NEAR(parts.reliability, want["reliability"].get<double>(), kExact);
  EXPECT_NEAR(parts.resolution, want["resolution"].get<double>(), kExact);
  EXPECT_NEAR(parts.uncertainty, want["uncertainty"].get<double>(), kExact);
  EXPECT_NEAR(parts.within_bin_variance, want["within_bin_variance"].get<double>(),
              kExact);
  EXPECT_NEAR(parts.within_bin_covariance, want["within_bin_covariance"].get<double>(),
              kExact);
  EXPECT_NEAR(parts.brier(), golden("brier"), kExact);
}

TEST_F(CalibrationTest, CountsStandForRepeatedPatients) {
  std::vector<double> counts(kPatients);
  LabelColumn repeated;
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<double>(i * 7 % 4);
  for (size_t i = 0; i < column_.size(); ++i) {
    for (int r = 0; r < counts[static_cast<size_t>(column_.patients[i])]; ++r) {
      repeated.probabilities.push_back(column_.probabilities[i]);
      repeated.labels.push_back(column_.labels[i]);
      repeated.patients.push_back(column_.patients[i]);
    }
  }
  const auto weighted = BinnedSample(column_).bins(counts);
  const auto copied = BinnedSample(repeated).bins();
  EXPECT_NEAR(calibration_error(weighted), calibration_error(copied), kExact);
  EXPECT_NEAR(brier_parts(weighted).brier(), brier_parts(copied).brier(), kExact);
  EXPECT_NEAR(expected_observed_ratio(weighted), expected_observed_ratio(copied), kExact);
}

TEST_F(CalibrationTest, EqualMassBinsAreThoseOfArraySplit) {
  const auto bins =
      reliability_bins(column_, equal_mass_assignment(column_.probabilities), false);
  ASSERT_EQ(bins.size(), golden_["equal_mass"].size());
  for (size_t b = 0; b < bins.size(); ++b) {
    const auto want = golden_["equal_mass"][b].get<std::vector<double>>();
    EXPECT_EQ(bins[b].low, want[0]);
    EXPECT_EQ(bins[b].high, want[1]);
    EXPECT_EQ(static_cast<double>(bins[b].num_cases), want[2]);
    EXPECT_NEAR(bins[b].probability, want[3], kExact);
    EXPECT_NEAR(bins[b].rate, want[4], kExact);
    EXPECT_LE(bins[b].rate_low, bins[b].rate);
    EXPECT_GE(bins[b].rate_high, bins[b].rate);
  }
}

TEST_F(CalibrationTest, EdgesBelongToTheUpperBinAndTheLastIsClosed) {
  const std::vector<double> p = {0, 0.2, 0.6, std::nextafter(0.6, 0), 14.0 / 15, 1};
  EXPECT_EQ(equal_width_assignment(p), (std::vector<size_t>{0, 3, 9, 8, 14, 14}));
}

TEST_F(CalibrationTest, SlopeAndInterceptMatchStatsmodelsWithClusteredErrors) {
  const auto slope = calibration_slope(column_, kPatients);
  const auto intercept = calibration_intercept(column_, kPatients);
  const auto error_of = [](const RobustEstimate& estimate) {
    return std::sqrt(std::inner_product(estimate.influence.begin(),
                                        estimate.influence.end(),
                                        estimate.influence.begin(), 0.0));
  };
  EXPECT_NEAR(slope.value, golden("slope"), kExact);
  EXPECT_NEAR(error_of(slope), golden("slope_se"), kExact);
  EXPECT_NEAR(intercept.value, golden("intercept"), kExact);
  EXPECT_NEAR(error_of(intercept), golden("intercept_se"), kExact);
}

TEST_F(CalibrationTest, SeparatedClassesHaveNoSlope) {
  const LabelColumn separated{{0.1, 0.2, 0.2, 0.9}, {0, 0, 1, 1}, {0, 1, 2, 3}};
  const auto slope = calibration_slope(separated, 4);
  EXPECT_TRUE(std::isnan(slope.value));
  EXPECT_NE(slope.reason.find("separate"), std::string::npos);
  EXPECT_FALSE(std::isnan(calibration_intercept(separated, 4).value));
  const LabelColumn equal{{0.3, 0.3, 0.3}, {0, 1, 1}, {0, 1, 2}};
  EXPECT_NE(calibration_slope(equal, 3).reason.find("equal"), std::string::npos);
}

TEST_F(CalibrationTest, OneClassOrNoCaseIsUndefinedWithAReason) {
  const LabelColumn negatives{{0.1, 0.4}, {0, 0}, {0, 1}};
  EXPECT_TRUE(std::isnan(calibration_slope(negatives, 2).value));
  EXPECT_TRUE(std::isnan(calibration_intercept(negatives, 2).value));
  EXPECT_FALSE(calibration_intercept(negatives, 2).reason.empty());
  EXPECT_TRUE(std::isnan(expected_observed_ratio(BinnedSample(negatives).bins())));
  const auto none = BinnedSample(LabelColumn{}).bins();
  EXPECT_TRUE(std::isnan(maximum_calibration_error(none)));
  EXPECT_TRUE(std::isnan(brier_parts(none).brier()));
}

// p of exactly 0 and 1 have a finite, clipped logit.
TEST_F(CalibrationTest, CertainPredictionsAreClipped) {
  const LabelColumn certain{
      {0, 1, 1, 0.5, 0.4, 0.8}, {0, 1, 0, 1, 0, 1}, {0, 1, 2, 3, 4, 5}};
  EXPECT_TRUE(std::isfinite(calibration_slope(certain, 6).value));
  EXPECT_TRUE(std::isfinite(calibration_intercept(certain, 6).value));
}

TEST_F(CalibrationTest, AverageOfEstimatesSharesPatients) {
  const std::vector<RobustEstimate> both = {{1, {0.3, 0}, ""}, {3, {0.3, 0.4}, ""}};
  const auto interval = robust_interval(mean_estimate(both));
  EXPECT_DOUBLE_EQ(interval.value, 2);
  EXPECT_NEAR(interval.high - 2, 1.959963984540054 * std::hypot(0.3, 0.2), 1e-15);
}

}  // namespace
}  // namespace medgraft::statistics
