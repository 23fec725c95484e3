#include "medgraft/evaluation/resample_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::evaluation {
namespace {

constexpr int64_t kCases = 90, kPatients = 40;

// Labels with masks; the last is rare, so that some resamples have one class of it.
Predictions draw_predictions(size_t labels, bool multiclass, Rng& rng) {
  Predictions out;
  out.multiclass = multiclass;
  for (size_t k = 0; k < labels; ++k) out.names.push_back(text("l", k));
  for (int64_t i = 0; i < kCases; ++i) {
    out.cases.push_back(std::to_string(i));
    out.splits.push_back("test");
    std::vector<double> p;
    double sum = 0;
    for (size_t k = 0; k < labels; ++k) {
      p.push_back(std::floor(rng.uniform() * 20) / 20);
      sum += p.back() += 0.01;
      if (multiclass) continue;
      const double prevalence = k + 1 == labels ? 0.03 : 0.4, draw = rng.uniform();
      out.labels.push_back(draw < prevalence ? 1 : draw > 0.9 ? -1 : 0);
    }
    for (const double each : p) {
      out.probabilities.push_back(multiclass ? each / sum : each - 0.01);
    }
    if (multiclass) {
      out.labels.push_back(rng.uniform() < 0.05 ? std::numeric_limits<double>::quiet_NaN()
                                                : static_cast<double>(rng.below(labels)));
    }
  }
  return out;
}

void expect_same(double got, double want) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got));
  } else {
    EXPECT_EQ(got, want);
  }
}

Scorer every_third_left_out(const Predictions& predictions, Rng& rng, bool all) {
  std::vector<int64_t> rows, patients;
  for (int64_t i = 0; i < kCases; ++i) {
    if (!all && i % 3 == 0) continue;
    rows.push_back(i);
    patients.push_back(static_cast<int64_t>(rng.below(kPatients)));
  }
  return Scorer(predictions, rows, patients,
                std::vector<double>(predictions.names.size(), 0.35));
}

TEST(ResampleScoresTest, EveryFigureIsTheScorersInEveryReplicate) {
  Rng rng(2);
  constexpr int64_t kReplicates = 37;  // Not a whole number of chunks.
  for (const auto& [labels, multiclass] :
       {std::pair{1, false}, {4, false}, {3, true}, {2, true}}) {
    SCOPED_TRACE(text(labels, " labels, multiclass ", multiclass));
    const auto predictions =
        draw_predictions(static_cast<size_t>(labels), multiclass, rng);
    const Scorer whole = every_third_left_out(predictions, rng, true);
    const Scorer subset = every_third_left_out(predictions, rng, false);
    const auto table =
        resample_scores({{&whole, &subset}, all_metrics(), kPatients, 2}, kReplicates, 9);
    std::vector<double> counts(kPatients);
    for (int64_t r = 0; r < kReplicates; ++r) {
      statistics::draw_patients(9, r, counts);
      for (size_t m = 0; m < all_metrics().size(); ++m) {
        SCOPED_TRACE(text("replicate ", r, " ", name_of(all_metrics()[m])));
        expect_same(table.at(r, 0, m), whole.score(all_metrics()[m], counts));
        expect_same(table.at(r, 1, m), subset.score(all_metrics()[m], counts));
        for (int64_t k = 0; k < labels; ++k) {
          if (labels == 1) continue;
          expect_same(table.at(r, 1, m, k),
                      subset.score_label(all_metrics()[m], k, counts));
        }
      }
    }
    EXPECT_EQ(table.column(1, 2)[5], table.at(5, 1, 2));
  }
}

TEST(ResampleScoresTest, ThreadsAndTheOtherMetricsChangeNothing) {
  Rng rng(4);
  const auto predictions = draw_predictions(3, false, rng);
  const Scorer scorer = every_third_left_out(predictions, rng, true);
  const auto one = resample_scores({{&scorer}, {Metric::kEce}, kPatients, 1}, 50, 1);
  const auto all = resample_scores({{&scorer}, all_metrics(), kPatients, 3}, 50, 1);
  for (size_t m = 0; m < all_metrics().size(); ++m) {
    if (all_metrics()[m] == Metric::kEce) {
      EXPECT_EQ(one.column(0, 0, 1), all.column(0, m, 1));
    }
  }
}

TEST(ResampleScoresTest, TheJackknifeLeavesEachPatientOut) {
  Rng rng(6);
  const auto predictions = draw_predictions(1, false, rng);
  const Scorer scorer = every_third_left_out(predictions, rng, true);
  const auto table = jackknife_scores({{&scorer}, {Metric::kBrier}, kPatients, 1});
  ASSERT_EQ(table.num_weightings, kPatients);
  std::vector<double> counts(kPatients, 1);
  counts[7] = 0;
  EXPECT_EQ(table.at(7, 0, 0), scorer.score(Metric::kBrier, counts));
}

TEST(ResampleScoresTest, NothingToScoreIsAnEmptyTable) {
  const auto table = resample_scores({{}, all_metrics(), 3, 1}, 5, 0);
  EXPECT_TRUE(table.values.empty());
}

}  // namespace
}  // namespace medgraft::evaluation
