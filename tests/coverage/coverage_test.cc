// The short form of `make coverage`: fixed seeds, so that it gives one answer.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coverage/run_study.h"
#include "medgraft/statistics/binary_sample.h"

namespace medgraft::coverage {
namespace {

// 600 sets of a method that covers 95% give 92.3 to 97.7%, three standard errors.
constexpr int64_t kSets = 600;
constexpr double kLow = 0.923, kHigh = 0.977;

StudyOptions short_form() { return {.sets = kSets, .replicates = 500, .threads = 2}; }

IntervalTally find(const std::vector<IntervalTally>& tallies, const std::string& metric,
                   const std::string& method) {
  for (const auto& tally : tallies) {
    if (tally.metric == metric && tally.method == method) return tally;
  }
  ADD_FAILURE() << "no " << method << " of " << metric;
  return {};
}

double rate(const std::vector<NullTally>& tallies, const std::string& test,
            const std::string& metric) {
  for (const auto& tally : tallies) {
    if (tally.test == test && tally.metric == metric) return tally.rejection_rate();
  }
  ADD_FAILURE() << "no " << test << " of " << metric;
  return 0;
}

TEST(SlowCoverageTest, TruthIsWhatAHugeDataSetShows) {
  for (const auto patients : {Patients::kOneLabel, Patients::kMixed}) {
    const Condition condition{100'000, 0.2, 0.9, 0.5, patients};
    const auto truth = truth_of(condition);
    const auto sample = draw(condition, 1, 3)[0];
    std::vector<double> p, q;
    for (const double score : sample.scores) {
      p.push_back(calibrated(condition, score));
      q.push_back(overconfident(condition, score));
    }
    const statistics::BinarySample right(p, sample.labels), bold(q, sample.labels);
    const auto confusion = right.confusion(youden_threshold(condition));
    EXPECT_NEAR(right.auroc(), truth.auroc, 0.004);
    EXPECT_NEAR(right.auprc(), truth.auprc, 0.008);
    EXPECT_NEAR(confusion.accuracy(), truth.accuracy, 0.004);
    EXPECT_NEAR(confusion.sensitivity(), truth.sensitivity, 0.008);
    EXPECT_NEAR(confusion.specificity(), truth.specificity, 0.004);
    EXPECT_NEAR(confusion.f1(), truth.f1, 0.008);
    EXPECT_NEAR(right.nll(), truth.nll, 0.006);
    EXPECT_NEAR(right.brier(), truth.brier, 0.003);
    EXPECT_NEAR(right.ece(), 0, 0.006);
    EXPECT_NEAR(bold.ece(), truth.ece, 0.004);
    EXPECT_NEAR(bold.ece_adaptive(), truth.ece_adaptive, 0.004);
  }
}

TEST(SlowCoverageTest, RecommendedIntervalsHoldTheTruthAndUnclusteredOnesDoNot) {
  const auto tallies =
      study_intervals({200, 0.2, 0.9, 0.5, Patients::kOneLabel}, short_form());
  const std::pair<const char*, const char*> recommended[] = {
      {"auroc", "delong or obuchowski logit, as evaluate"},
      {"sensitivity", "wilson clustered"},
      {"specificity", "wilson clustered"},
      {"accuracy", "wilson clustered"},
      {"balanced_accuracy", "wilson of both classes"},
      {"auprc", "bootstrap BCa"},
      {"f1", "bootstrap BCa"},
      {"nll", "bootstrap BCa"},
      {"brier", "bootstrap BCa"}};
  for (const auto& [metric, method] : recommended) {
    SCOPED_TRACE(metric);
    const auto tally = find(tallies, metric, method);
    EXPECT_EQ(tally.intervals(), kSets);
    EXPECT_GE(tally.coverage(), kLow);
    EXPECT_LE(tally.coverage(), kHigh);
  }
  EXPECT_LT(find(tallies, "auroc", "delong logit (patients ignored)").coverage(), 0.9);
  EXPECT_LT(find(tallies, "accuracy", "wilson (patients ignored)").coverage(), 0.92);
}

TEST(SlowCoverageTest, TheResultDoesNotDependOnThreads) {
  auto options = short_form();
  options.sets = 40;
  const Condition condition{50, 0.2, 0.9, 0.5, Patients::kMixed};
  const auto two = study_intervals(condition, options);
  options.threads = 1;
  const auto one = study_intervals(condition, options);
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].below, two[i].below);
    EXPECT_EQ(one[i].width_sum, two[i].width_sum);
  }
}

TEST(SlowCoverageTest, UndefinedDataSetsAreCounted) {
  // 50 patients of whom 5% are positive: 0.95^50 = 7.7% have none.
  const auto tallies =
      study_intervals({50, 0.05, 0.9, 0, Patients::kSingleCase}, short_form());
  const auto tally = find(tallies, "auroc", "delong logit");
  EXPECT_NEAR(static_cast<double>(tally.undefined), 0.077 * kSets, 20);
  EXPECT_GT(tally.no_interval, 0);
  EXPECT_EQ(find(tallies, "auroc", "delong logit, moderated").no_interval, 0);
}

TEST(SlowCoverageTest, TestsKeepTheirLevel) {
  // 600 sets at 5%: 2.3 to 7.7%.
  const auto models = study_null(
      {NullKind::kModels, {200, 0.2, 0.9, 0, Patients::kSingleCase}, 0}, short_form());
  for (const auto* test : {"paired DeLong", "paired bootstrap", "paired permutation"}) {
    SCOPED_TRACE(test);
    EXPECT_GE(rate(models, test, "auroc"), 1 - kHigh);
    EXPECT_LE(rate(models, test, "auroc"), 1 - kLow);
  }
  const auto cells = study_null(
      {NullKind::kCells, {200, 0.2, 0.9, 0.5, Patients::kOneLabel}, 0.1}, short_form());
  EXPECT_GE(rate(cells, "cells, 3 seeds", "auroc"), 1 - kHigh);
  EXPECT_LE(rate(cells, "cells, 3 seeds", "auroc"), 1 - kLow);
  const auto gaps = study_null(
      {NullKind::kGaps, {200, 0.5, 0.9, 0.5, Patients::kMixed}, 0}, short_form());
  for (const auto* gap : {"gap.auroc", "gap.tpr", "gap.fpr"}) {
    SCOPED_TRACE(gap);
    EXPECT_GE(rate(gaps, "gap permutation", gap), 1 - kHigh);
    EXPECT_LE(rate(gaps, "gap permutation", gap), 1 - kLow);
  }
}

}  // namespace
}  // namespace medgraft::coverage
