#include "medgraft/report/verdict.h"

#include <gtest/gtest.h>

namespace medgraft::report {
namespace {

evaluation::Contrast contrast(double difference, double low, double high) {
  evaluation::Contrast out;
  out.difference = difference;
  out.ci_low = low;
  out.ci_high = high;
  return out;
}

TEST(VerdictTest, SignificanceNeedsTheAdjustedP) {
  const auto gain = contrast(0.05, 0.01, 0.09);
  EXPECT_EQ(judge(gain, 0.04, {}, true, 3), Verdict::kBetter);
  EXPECT_EQ(judge(gain, 0.06, {}, true, 3), Verdict::kInconclusive);
  EXPECT_EQ(judge(contrast(-0.05, -0.09, -0.01), 0.04, 0.02, true, 3), Verdict::kWorse);
}

TEST(VerdictTest, NonInferiorityNeedsAMarginAndTheWholeIntervalAboveIt) {
  const auto equal = contrast(0, -0.015, 0.015);
  EXPECT_EQ(judge(equal, 1, 0.02, true, 3), Verdict::kNonInferior);
  EXPECT_EQ(judge(equal, 1, 0.01, true, 3), Verdict::kInconclusive);
  EXPECT_EQ(judge(equal, 1, {}, true, 3), Verdict::kInconclusive);
}

TEST(VerdictTest, ErrorsAreBetterWhereLower) {
  EXPECT_EQ(judge(contrast(-0.05, -0.09, -0.01), 0.01, {}, false, 3), Verdict::kBetter);
  EXPECT_EQ(judge(contrast(0.0, -0.03, 0.01), 1, 0.02, false, 3), Verdict::kNonInferior);
}

TEST(VerdictTest, OneSeedSupportsNoClaim) {
  EXPECT_EQ(judge(contrast(0.5, 0.4, 0.6), 1e-9, 0.02, true, 1), Verdict::kNoClaim);
}

}  // namespace
}  // namespace medgraft::report
