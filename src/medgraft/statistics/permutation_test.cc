#include "medgraft/statistics/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace medgraft::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<double> mean_differences(const std::vector<double>& x,
                                     const std::vector<double>& y, int threads) {
  return permute_pairs(std::ssize(x), 20000, 1, 3, threads,
                       [&](std::span<const double> coins, std::span<double> out) {
                         out[0] = 0;
                         for (size_t i = 0; i < x.size(); ++i) {
                           out[0] += (coins[i] > 0 ? y[i] - x[i] : x[i] - y[i]) /
                                     static_cast<double>(x.size());
                         }
                       });
}

TEST(PermutationTest, ApproachesTheExactTestOfSciPy) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/intervals.json");
  const auto golden = nlohmann::json::parse(file).at("permutation").at("paired");
  const auto x = golden.at("x").get<std::vector<double>>();
  const auto y = golden.at("y").get<std::vector<double>>();
  double observed = 0;
  for (size_t i = 0; i < x.size(); ++i) observed += (x[i] - y[i]) / 8;
  const double exact = golden.at("p").get<double>();
  const double p = permutation_p(observed, mean_differences(x, y, 2));
  EXPECT_NEAR(p, exact, 3 * std::sqrt(exact * (1 - exact) / 20000));
}

TEST(PermutationTest, ThreadsDoNotChangeThePermutations) {
  const std::vector<double> x = {1, 2, 4, 8}, y = {0, 0, 0, 0};
  EXPECT_EQ(mean_differences(x, y, 1), mean_differences(x, y, 3));
}

TEST(PermutationTest, CountsItsOwnObservationAndTies) {
  const std::vector<double> permuted = {0.1, -0.3, 0.3, kUndefined, 0.2};
  EXPECT_DOUBLE_EQ(permutation_p(0.3, permuted), 3.0 / 5);
  EXPECT_DOUBLE_EQ(permutation_p(-0.4, permuted), 1.0 / 5);
  EXPECT_DOUBLE_EQ(permutation_p(0, permuted), 1);
}

TEST(PermutationTest, AnUndefinedDifferenceHasNoP) {
  EXPECT_TRUE(std::isnan(permutation_p(kUndefined, std::vector<double>{0.1})));
  EXPECT_TRUE(std::isnan(permutation_p(0.1, std::vector<double>{kUndefined})));
}

}  // namespace
}  // namespace medgraft::statistics
