#include "medgraft/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace medgraft {
namespace {

// The first outputs of SplitMix64 from seed 1234567, as published with the algorithm.
TEST(RngTest, GivesThePublishedSequence) {
  Rng rng(1234567);
  EXPECT_EQ(rng.next(), 6457827717110365317u);
  EXPECT_EQ(rng.next(), 3203168211198807973u);
  EXPECT_EQ(rng.next(), 9817491932198370423u);
}

TEST(RngTest, KeysDependOnEveryWordAndItsPlace) {
  EXPECT_NE(mix_key({1, 2}), mix_key({2, 1}));
  EXPECT_NE(mix_key({1}), mix_key({1, 0}));
  EXPECT_EQ(mix_key({1, 2, 3}), mix_key({1, 2, 3}));
}

TEST(RngTest, MomentsMatchTheDistributions) {
  constexpr int kDraws = 200000;
  Rng rng(7);
  double normal = 0, normal_squared = 0, beta = 0, beta_squared = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = rng.normal();
    const double b = rng.beta(0.1, 0.1);
    normal += z;
    normal_squared += z * z;
    beta += b;
    beta_squared += (b - 0.5) * (b - 0.5);
  }
  EXPECT_NEAR(normal / kDraws, 0, 0.01);
  EXPECT_NEAR(normal_squared / kDraws, 1, 0.02);
  EXPECT_NEAR(beta / kDraws, 0.5, 0.005);
  EXPECT_NEAR(beta_squared / kDraws, 0.01 / (0.04 * 1.2), 0.005);  // ab/((a+b)^2(a+b+1))
}

TEST(RngTest, ShuffleIsAPermutation) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  Rng rng(3);
  shuffle(std::span(items), rng);
  EXPECT_NE(items[0] * 100 + items[1], 1);
  std::sort(items.begin(), items.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(items[i], i);
}

}  // namespace
}  // namespace medgraft
