#include "medgraft/statistics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

// tests/goldens/bca.py: scipy.stats.bootstrap's interval of the values it resampled.
TEST(BootstrapTest, BcaMatchesScipyOnItsOwnResamples) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/bca.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden["cases"].size(), 3U);
  for (const auto& of : golden["cases"]) {
    SCOPED_TRACE(of["name"].get<std::string>());
    const auto got = bca_interval(of["estimate"], of["values"].get<std::vector<double>>(),
                                  of["jackknife"].get<std::vector<double>>());
    expect_parity("BCa limits", got.low, of["low"].get<double>(), 1e-9);
    expect_parity("BCa limits", got.high, of["high"].get<double>(), 1e-9);
  }
}

TEST(BootstrapTest, BcaOfDegenerateValuesIsThePercentiles) {
  const std::vector<double> flat(20, 0.5), jackknife(4, 0.5);
  const auto got = bca_interval(0.7, flat, jackknife);
  EXPECT_EQ(got.low, 0.5);
  EXPECT_EQ(got.high, 0.5);
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(bca_interval(0.7, {undefined}, jackknife).low));
}

// The acceleration of a mean is its skewness / (6 sqrt(n)), grouped or not: at most the
// grouping's own noise, sqrt(6) / (6 * 500) standard deviations of it, apart.
TEST(BootstrapTest, GroupsOfPatientsGiveTheAccelerationOfPatients) {
  constexpr int64_t kPatients = 5000;
  Rng rng(8);
  std::vector<double> x(kPatients), each, grouped;
  for (auto& value : x) value = std::pow(-std::log1p(-rng.uniform()), 3);  // Very skewed.
  const auto groups = jackknife_groups(kPatients);
  std::vector<double> sums(500), sizes(500);
  const double total = std::accumulate(x.begin(), x.end(), 0.0);
  for (size_t i = 0; i < x.size(); ++i) {
    each.push_back((total - x[i]) / (kPatients - 1));
    sums[static_cast<size_t>(groups[i])] += x[i];
    ++sizes[static_cast<size_t>(groups[i])];
  }
  for (size_t g = 0; g < sums.size(); ++g) {
    EXPECT_EQ(sizes[g], 10);
    grouped.push_back((total - sums[g]) / (kPatients - sizes[g]));
  }
  std::vector<double> values(2000);
  for (auto& value : values) value = total / kPatients + rng.normal();
  const auto plain = bca_interval(total / kPatients, values, {});
  const auto by_patient = bca_interval(total / kPatients, values, each);
  const auto by_group = bca_interval(total / kPatients, values, grouped);
  EXPECT_GT(by_patient.high - plain.high, 0.05);
  EXPECT_NEAR(by_group.high, by_patient.high, 0.3 * (by_patient.high - plain.high));
  EXPECT_NEAR(by_group.low, by_patient.low, 0.3 * (by_patient.low - plain.low));
}

TEST(BootstrapTest, FewPatientsAreLeftOutOneByOne) {
  const auto groups = jackknife_groups(1000);
  EXPECT_EQ(groups[0], 0);
  EXPECT_EQ(groups[999], 999);
  const auto many = jackknife_groups(1001);
  EXPECT_EQ(*std::max_element(many.begin(), many.end()), 499);
}

TEST(BootstrapTest, ASeedsDrawsAreFixed) {
  std::vector<double> wide(7);
  std::vector<uint16_t> narrow(7);
  draw_patients(3, 6, wide);
  draw_patients(3, 6, std::span(narrow));
  EXPECT_EQ(narrow, (std::vector<uint16_t>{1, 0, 2, 0, 1, 1, 2}));
  EXPECT_EQ(wide, std::vector<double>(narrow.begin(), narrow.end()));
  EXPECT_EQ(std::accumulate(wide.begin(), wide.end(), 0.0), 7);
}

TEST(BootstrapTest, WhatAnyThreadThrowsReachesTheCaller) {
  std::atomic<int64_t> sum{0};
  for_each_index(1000, 3, [&](int64_t i) { sum += i; });
  EXPECT_EQ(sum, 499500);
  EXPECT_THROW(for_each_index(100, 3,
                              [](int64_t i) {
                                if (i == 70) throw std::runtime_error("70");
                              }),
               std::runtime_error);
}

}  // namespace
}  // namespace medgraft::statistics
