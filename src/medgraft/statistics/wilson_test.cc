#include "medgraft/statistics/wilson.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

// Against statsmodels and SciPy: tests/goldens/intervals.py.
class WilsonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/intervals.json");
    golden_ = nlohmann::json::parse(file);
  }
  nlohmann::json golden_;
};

TEST_F(WilsonTest, MatchesStatsmodelsAndSciPy) {
  for (const auto& row : golden_.at("wilson")) {
    SCOPED_TRACE(row.dump());
    const double trials = row.at("trials");
    const auto interval = wilson_interval(row.at("found").get<double>() / trials, trials);
    expect_parity("Wilson limits", interval.low, row.at("low").get<double>(), 1e-9);
    expect_parity("Wilson limits", interval.high, row.at("high").get<double>(), 1e-9);
  }
}

TEST_F(WilsonTest, EffectiveSizesMatchTheClusterRobustVariance) {
  for (const auto& sample : golden_.at("clustered")) {
    const auto success = sample.at("success").get<std::vector<double>>();
    const auto clusters = sample.at("clusters").get<std::vector<int64_t>>();
    const auto share = clustered_proportion(success, clusters);
    EXPECT_TRUE(share.is_clustered);
    expect_parity("design effect", share.design_effect,
                  sample.at("design_effect").get<double>(), 1e-9);
    expect_parity("effective size", share.effective_size,
                  sample.at("effective_size").get<double>(), 1e-9);
    const auto interval = wilson_interval(share);
    expect_parity("Wilson clustered limits", interval.value,
                  sample.at("value").get<double>(), 1e-9);
    expect_parity("Wilson clustered limits", interval.low, sample.at("low").get<double>(),
                  1e-9);
    expect_parity("Wilson clustered limits", interval.high,
                  sample.at("high").get<double>(), 1e-9);
  }
}

TEST_F(WilsonTest, DistinctPatientsNeedNoCorrection) {
  const std::vector<double> success = {1, 0, 1, 1, 0};
  const std::vector<int64_t> clusters = {4, 2, 0, 1, 3};
  const auto share = clustered_proportion(success, clusters);
  EXPECT_FALSE(share.is_clustered);
  EXPECT_EQ(share.effective_size, 5);
  EXPECT_EQ(wilson_interval(share).low, wilson_interval(0.6, 5).low);
}

TEST_F(WilsonTest, CopiesOfCasesTellNoMore) {
  std::vector<double> success;
  std::vector<int64_t> clusters;
  for (int64_t patient = 0; patient < 50; ++patient) {
    success.insert(success.end(), 4, patient % 5 == 0 ? 0 : 1);
    clusters.insert(clusters.end(), 4, patient);
  }
  const auto share = clustered_proportion(success, clusters);
  EXPECT_NEAR(share.design_effect, 4 * 50.0 / 49, 1e-12);
  EXPECT_LT(share.effective_size, 50);
}

TEST_F(WilsonTest, WithoutAFailurePatientsAreCounted) {
  const std::vector<double> success(20, 1);
  std::vector<int64_t> clusters(20);
  for (size_t i = 0; i < 20; ++i) clusters[i] = static_cast<int64_t>(i) / 4;
  const auto interval = wilson_interval(clustered_proportion(success, clusters));
  EXPECT_EQ(interval.high, 1);
  EXPECT_EQ(interval.low, wilson_interval(1, 5).low);
}

TEST_F(WilsonTest, NoCaseHasNoProportion) {
  const auto interval = wilson_interval(clustered_proportion({}, {}));
  EXPECT_TRUE(std::isnan(interval.value));
  EXPECT_TRUE(std::isnan(interval.low));
  EXPECT_TRUE(std::isnan(interval.high));
}

}  // namespace
}  // namespace medgraft::statistics
