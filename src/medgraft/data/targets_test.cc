#include "medgraft/data/targets.h"

#include <gtest/gtest.h>

#include <limits>

#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

constexpr float kBlank = std::numeric_limits<float>::quiet_NaN();

DatasetInfo info_of(const std::string& label, const std::string& uncertain,
                    const std::string& blank) {
  DatasetInfo info;
  info.kind = Kind::kMultilabel;
  info.labels = {label};
  info.uncertain = {{label, uncertain}};
  info.blank = {{label, blank}};
  return info;
}

CaseEntry stating(float label, const std::string& id = "c") {
  CaseEntry entry;
  entry.id = id;
  entry.labels = {label};
  return entry;
}

void expect(const Target& target, float value, float weight) {
  EXPECT_EQ(target.weight, weight);
  if (weight > 0) {
    EXPECT_EQ(target.value, value);
  }
}

TEST(Targets, FollowEachPolicyInLossAndMetricsAlike) {
  struct Case {
    const char *label, *uncertain, *blank;
    float stated, value, weight;
  };
  const Case kCases[] = {
      {"x", "ignore", "mask", 1, 1, 1},
      {"x", "ones", "zero", 0, 0, 1},
      {"x", "ignore", "mask", -1, 0, 0},
      {"x", "zeros", "mask", -1, 0, 1},
      {"x", "ones", "mask", -1, 1, 1},
      {"x", "ones", "mask", kBlank, 0, 0},
      {"x", "ones", "zero", kBlank, 0, 1},
      {"Edema", "mixed", "mask", -1, 1, 1},
      {"Atelectasis", "mixed", "mask", -1, 1, 1},
      {"cardiomegaly", "mixed", "mask", -1, 0, 1},
      {"Pleural Effusion", "mixed", "mask", -1, 0, 1},
      {"mass", "mixed", "mask", -1, 0, 0},
  };
  for (const auto& item : kCases) {
    SCOPED_TRACE(
        text(item.label, " ", item.uncertain, " ", item.blank, " ", item.stated));
    const Targets targets(info_of(item.label, item.uncertain, item.blank));
    expect(targets.for_loss(stating(item.stated)).at(0), item.value, item.weight);
    expect(targets.for_metrics(stating(item.stated)).at(0), item.value, item.weight);
  }
}

TEST(Targets, SmoothWithinTheRangeTheSameWayEveryTime) {
  const Targets targets(info_of("x", "smooth(0.55, 0.85)", "mask"));
  float sum = 0, previous = -1;
  constexpr int kCases = 500;
  for (int i = 0; i < kCases; ++i) {
    const auto entry = stating(-1, text("case", i));
    const auto target = targets.for_loss(entry).at(0);
    EXPECT_GE(target.value, 0.55F);
    EXPECT_LT(target.value, 0.85F);
    EXPECT_NE(target.value, previous);
    EXPECT_EQ(targets.for_loss(entry).at(0).value, target.value);
    EXPECT_EQ(targets.for_metrics(entry).at(0).weight,
              0);  // No metric takes half a label.
    sum += target.value / kCases;
    previous = target.value;
  }
  EXPECT_NEAR(sum, 0.7F, 0.02F);
  expect(targets.for_metrics(stating(1)).at(0), 1, 1);
}

TEST(Targets, GiveTheClassOfAMultiClassSet) {
  DatasetInfo info;
  info.kind = Kind::kMulticlass;
  info.labels = {"a", "b", "c"};
  const Targets targets(info);
  expect(targets.for_loss(stating(2)).at(0), 2, 1);
  expect(targets.for_loss(stating(kBlank)).at(0), 0, 0);
}

TEST(Targets, NameWhatAPolicyMayBe) {
  for (const auto* bad : {"", "maybe", "smooth", "smooth(1)", "smooth(0.9,0.1)",
                          "smooth(0,2)", "smooth(a,b)"}) {
    EXPECT_NE(check_uncertain_policy(bad), "") << bad;
  }
  EXPECT_EQ(check_uncertain_policy("smooth(0,1)"), "");
  EXPECT_NE(check_blank_policy("zeros"), "");
}

}  // namespace
}  // namespace medgraft::data
