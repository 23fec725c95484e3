#include "medgraft/train/sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace medgraft::train {
namespace {

TEST(SamplerTest, EveryEpochShowsEachImageOnce) {
  Sampler sampler(10, 4, 7);
  std::map<int64_t, int> seen;
  std::set<uint64_t> keys;
  for (int64_t step = 0; step < 5; ++step) {  // 20 positions: two epochs.
    for (const auto& [index, key] : sampler.batch(step)) {
      ++seen[index];
      keys.insert(key);
    }
  }
  EXPECT_EQ(seen.size(), 10u);
  for (const auto& [index, count] : seen) EXPECT_EQ(count, 2) << index;
  EXPECT_EQ(keys.size(), 20u);
}

TEST(SamplerTest, AnyStepIsTheSameWhereverOneStarts) {
  Sampler through(10, 4, 7), direct(10, 4, 7);
  for (int64_t step = 0; step < 9; ++step) through.batch(step);
  const auto a = through.batch(9), b = direct.batch(9);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].index, b[i].index);
    EXPECT_EQ(a[i].key, b[i].key);
  }
}

TEST(SamplerTest, MixupIsAPermutationAndOffWhereAlphaIsZero) {
  EXPECT_TRUE(draw_mixup(0, 8, 1, 1).partner.empty());
  const auto mixup = draw_mixup(0.1, 8, 1, 1);
  EXPECT_EQ(std::set<int64_t>(mixup.partner.begin(), mixup.partner.end()).size(), 8u);
  EXPECT_GE(mixup.lambda, 0);
  EXPECT_LE(mixup.lambda, 1);
  EXPECT_NE(mixup.lambda, draw_mixup(0.1, 8, 1, 2).lambda);
}

}  // namespace
}  // namespace medgraft::train
