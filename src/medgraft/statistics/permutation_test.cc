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
                                     const std::vector<double>& y) {
  std::vector<double> out;
  std::vector<uint16_t> coins(x.size());
  for (int64_t index = 0; index < 20000; ++index) {
    draw_exchanges(3, index, coins);
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      sum += coins[i] == 1 ? y[i] - x[i] : x[i] - y[i];
    }
    out.push_back(sum / static_cast<double>(x.size()));
  }
  return out;
}

TEST(PermutationTest, ApproachesTheExactTestOfSciPy) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/intervals.json");
  const auto golden = nlohmann::json::parse(file).at("permutation").at("paired");
  const auto x = golden.at("x").get<std::vector<double>>();
  const auto y = golden.at("y").get<std::vector<double>>();
  double observed = 0;
  for (size_t i = 0; i < x.size(); ++i) observed += (x[i] - y[i]) / 8;
  const double exact = golden.at("p").get<double>();
  const double p = permutation_p(observed, mean_differences(x, y));
  EXPECT_NEAR(p, exact, 3 * std::sqrt(exact * (1 - exact) / 20000));
}

TEST(PermutationTest, CoinsDependOnSeedAndIndexAlone) {
  std::vector<uint16_t> a(64), b(64);
  draw_exchanges(1, 5, a);
  draw_exchanges(1, 5, b);
  EXPECT_EQ(a, b);
  draw_exchanges(1, 6, b);
  EXPECT_NE(a, b);
  draw_exchanges(2, 5, b);
  EXPECT_NE(a, b);
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
