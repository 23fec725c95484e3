#include "medgraft/train/schedule.h"

#include <gtest/gtest.h>

#include "medgraft/train/resolve_config.h"

namespace medgraft::train {
namespace {

RunConfig hyper_rule(int64_t num_images) {
  RunConfig config;
  RunFacts facts;
  facts.num_images = num_images;
  facts.image_height = facts.image_width = 512;
  resolve(config, facts);
  return config;
}

struct Expectation {
  int64_t num_images;
  Supports supports;
  double mixup;
};

// Written out from bit_hyperrule.py: the size thresholds are exclusive, the old rate
// still holds at the support itself.
TEST(ScheduleTest, HyperRuleIsExactAroundEverySupport) {
  const Supports few{100, 200, 300, 400, 500};
  const Supports some{500, 3000, 6000, 9000, 10000};
  const Supports many{500, 6000, 12000, 18000, 20000};
  for (const auto& [num_images, supports, mixup] : {Expectation{500, few, 0},
                                                    {19'999, few, 0},
                                                    {20'000, some, 0.1},
                                                    {499'999, some, 0.1},
                                                    {500'000, many, 0.1}}) {
    SCOPED_TRACE(num_images);
    const auto config = hyper_rule(num_images).train;
    const auto rate = [&](int64_t step) { return learning_rate(config, step); };
    EXPECT_EQ(*config.steps, supports[4]);
    EXPECT_EQ(*config.mixup, mixup);
    const auto warmup = static_cast<double>(supports[0]);
    EXPECT_EQ(rate(0), 0);
    EXPECT_DOUBLE_EQ(rate(1), 0.003 / warmup);
    EXPECT_DOUBLE_EQ(rate(supports[0] - 1), 0.003 * (warmup - 1) / warmup);
    EXPECT_DOUBLE_EQ(rate(supports[0]), 0.003);
    EXPECT_DOUBLE_EQ(rate(supports[0] + 1), 0.003);
    double before = 0.003;
    for (const size_t fall : {1, 2, 3}) {
      EXPECT_DOUBLE_EQ(rate(supports[fall] - 1), before);
      EXPECT_DOUBLE_EQ(rate(supports[fall]), before);
      EXPECT_DOUBLE_EQ(rate(supports[fall] + 1), before / 10);
      before /= 10;
    }
    EXPECT_DOUBLE_EQ(rate(supports[4] - 1), before);
  }
}

TEST(ScheduleTest, ExplicitStepsKeepTheShape) {
  RunConfig config;
  config.train.steps = 150;
  resolve(config, {.num_images = 500, .image_height = 28, .image_width = 28});
  EXPECT_EQ(config.train.warmup_steps, 30);
  EXPECT_EQ(config.train.milestones, (std::vector<int64_t>{60, 90, 120}));
}

TEST(ScheduleTest, CosineEndsAtZero) {
  TrainConfig config;
  config.lr = 1;
  config.steps = 110;
  config.warmup_steps = 10;
  config.schedule = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate(config, 10), 1);
  EXPECT_DOUBLE_EQ(learning_rate(config, 60), 0.5);
  EXPECT_NEAR(learning_rate(config, 110), 0, 1e-15);
}

TEST(ScheduleTest, ResolutionFollowsImageSizeOrTheSetting) {
  RunConfig small;
  resolve(small, {.num_images = 500, .image_height = 95, .image_width = 96});
  EXPECT_TRUE(small.preprocess.train.starts_with("decode|resize(160)|random_crop(128)|"));
  RunConfig large;
  resolve(large, {.num_images = 500, .image_height = 96, .image_width = 96});
  EXPECT_TRUE(large.preprocess.train.starts_with("decode|resize(448)|random_crop(384)|"));
  RunConfig given;
  given.data.resolution = 32;
  resolve(given, {.num_images = 500, .image_height = 512, .image_width = 512});
  EXPECT_TRUE(given.preprocess.train.starts_with("decode|resize(40)|random_crop(32)|"));
  EXPECT_EQ(given.preprocess.eval, "decode|resize(32)|to_rgb|normalize(-1,1)");
}

TEST(ScheduleTest, RefusesSettingsOutOfRange) {
  RunConfig config;
  config.train.schedule = "linear";
  EXPECT_THROW(resolve(config, {.num_images = 500}), UserError);
  config = {};
  config.data.train_fraction = 0;
  EXPECT_THROW(resolve(config, {.num_images = 500}), UserError);
  config = {};
  config.train.steps = 3;
  config.train.epochs = 1;
  EXPECT_THROW(resolve(config, {.num_images = 500}), UserError);
}

TEST(ScheduleTest, FusionCountsCasesAndDoesWithoutMixup) {
  RunConfig config;
  config.model.fusion = "mean";
  config.train.batch = 2;
  resolve(config, {.num_images = 30000, .most_images = 6});
  EXPECT_EQ(config.train.steps, 10000);
  EXPECT_EQ(config.train.mixup, 0);
  EXPECT_EQ(config.train.micro_batch, 6);  // A case is computed as a whole.
  config.train.micro_batch = 5;
  EXPECT_THROW(resolve(config, {.num_images = 30000, .most_images = 6}), UserError);
  config.model.max_images = 4;
  EXPECT_NO_THROW(resolve(config, {.num_images = 30000, .most_images = 6}));
}

}  // namespace
}  // namespace medgraft::train
