#include "medgraft/statistics/isotonic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;

// tests/goldens/isotonic.py
TEST(IsotonicTest, MatchesScikitLearn) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/isotonic.json");
  const auto golden = nlohmann::json::parse(file);
  for (const auto& sample : golden.at("samples")) {
    SCOPED_TRACE(sample.at("name"));
    const auto x = sample.at("x").get<std::vector<double>>();
    const auto y = sample.at("y").get<std::vector<double>>();
    const auto weights = sample.at("weights").get<std::vector<double>>();
    const auto fit =
        isotonic_fit(x, y, weights,
                     sample.at("increasing").get<bool>() ? Direction::kIncreasing
                                                         : Direction::kDecreasing);
    const auto places = sample.at("places").get<std::vector<double>>();
    const auto values = sample.at("values").get<std::vector<double>>();
    ASSERT_FALSE(places.empty());
    for (size_t i = 0; i < places.size(); ++i) {
      expect_parity("isotonic", fit(places[i]), values[i], kExact);
    }
  }
}

TEST(IsotonicTest, PoolsTheTextbookExample) {
  const std::vector<double> x = {1, 2, 3, 4}, y = {1, 3, 2, 4};
  const auto fit = isotonic_fit(x, y);
  EXPECT_EQ(fit.x, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(fit.y, (std::vector<double>{1, 2.5, 2.5, 4}));
  EXPECT_DOUBLE_EQ(fit(1.5), 1.75);
  EXPECT_EQ(fit(-5), 1);
  EXPECT_EQ(fit(9), 4);
}

TEST(IsotonicTest, HasNoValueWithoutItems) {
  const std::vector<double> x = {1}, y = {1}, weights = {0};
  EXPECT_TRUE(std::isnan(isotonic_fit({}, {})(0)));
  EXPECT_TRUE(std::isnan(isotonic_fit(x, y, weights)(1)));
}

}  // namespace
}  // namespace medgraft::statistics
