#include "medgraft/statistics/fairness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "medgraft/base/rng.h"
#include "medgraft/statistics/auroc.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/expect_parity.h"
#include "medgraft/statistics/gaps.h"

namespace medgraft::statistics {
namespace {

using nlohmann::json;

constexpr double kExact = 1e-9;
const std::vector<std::pair<const char*, GroupFigure>> kFigures = {
    {"auroc", GroupFigure::kAuroc},
    {"bpsn_auroc", GroupFigure::kBpsnAuroc},
    {"bnsp_auroc", GroupFigure::kBnspAuroc},
    {"prevalence", GroupFigure::kPrevalence},
    {"selection_rate", GroupFigure::kSelectionRate},
    {"tpr", GroupFigure::kTpr},
    {"fpr", GroupFigure::kFpr},
    {"ppv", GroupFigure::kPpv},
    {"under_diagnosis", GroupFigure::kUnderDiagnosis}};

// Against fairlearn, scikit-learn and torchmetrics: tests/goldens/fairness.py.
class FairnessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/fairness.json");
    golden_ = json::parse(file);
    p_ = golden_.at("p").get<std::vector<double>>();
    y_ = golden_.at("y").get<std::vector<double>>();
    group_ = golden_.at("group").get<std::vector<int32_t>>();
    rows_.resize(p_.size());
    std::iota(rows_.begin(), rows_.end(), 0);
    for (size_t i = 0; i < p_.size(); ++i) {
      predicted_.push_back(p_[i] >= golden_.at("threshold").get<double>());
      table_.push_back({group_[i], 1});
    }
  }
  GroupedSample sample() const { return {p_, y_, predicted_, rows_}; }
  std::vector<GroupFigures> figures(std::span<const GroupedRow> table) const {
    std::vector<GroupFigures> out(3);
    sample().figures(table, {}, out);
    return out;
  }

  json golden_;
  std::vector<double> p_, y_;
  std::vector<int32_t> group_, rows_;
  std::vector<uint8_t> predicted_;
  std::vector<GroupedRow> table_;
};

TEST_F(FairnessTest, FiguresMatchFairlearnAndScikitLearn) {
  const auto got = figures(table_);
  for (const auto& [name, figure] : kFigures) {
    for (size_t g = 0; g < 3; ++g) {
      expect_parity("group figures", got[g][figure],
                    golden_["groups"][name][g].get<double>(), kExact);
    }
  }
}

TEST_F(FairnessTest, RatesMatchTorchmetrics) {
  constexpr double kFloat32 = 1e-6;  // torchmetrics divides in float32.
  const auto got = figures(table_);
  for (size_t g = 0; g < 3; ++g) {
    const auto& rates = golden_["torchmetrics_rates"][g];
    const double prevalence = got[g][GroupFigure::kPrevalence];
    expect_parity("group rates torchmetrics", got[g][GroupFigure::kTpr] * prevalence,
                  rates[0], kFloat32);
    expect_parity("group rates torchmetrics",
                  got[g][GroupFigure::kFpr] * (1 - prevalence), rates[1], kFloat32);
    expect_parity("group rates torchmetrics",
                  got[g][GroupFigure::kUnderDiagnosis] * prevalence, rates[3], kFloat32);
  }
}

TEST_F(FairnessTest, GapsMatchFairlearn) {
  const auto got = figures(table_);
  const std::vector<Eligible> all(3, Eligible().set());
  const auto gaps = largest_gaps(got, all, 3);
  const std::vector<std::pair<const char*, GapKind>> kinds = {
      {"auroc", GapKind::kAuroc},
      {"tpr", GapKind::kTpr},
      {"fpr", GapKind::kFpr},
      {"ppv", GapKind::kPpv},
      {"worst_group", GapKind::kWorstGroup},
      {"demographic_parity_difference", GapKind::kDemographicParity},
      {"equalized_odds_difference", GapKind::kEqualizedOdds}};
  for (const auto& [name, kind] : kinds) {
    expect_parity("gaps", gaps[static_cast<size_t>(kind)].value,
                  golden_["gaps"][name].get<double>(), kExact);
  }
  EXPECT_EQ(gaps[static_cast<size_t>(GapKind::kAuroc)].high, 0);
  EXPECT_EQ(gaps[static_cast<size_t>(GapKind::kAuroc)].low, 2);
}

// MEDFAIR's figure is a score, 1 where groups agree, of the mean of both differences.
TEST_F(FairnessTest, MedfairsEqualizedOddsFollowsFromOurs) {
  const auto got = figures(table_);
  const auto apart = [&](GroupFigure figure) {
    return std::abs(got[0][figure] - got[1][figure]);
  };
  const double tpr = apart(GroupFigure::kTpr), fpr = apart(GroupFigure::kFpr);
  expect_parity("gaps MEDFAIR", 1 - (tpr + fpr) / 2,
                golden_["medfair"]["equalized_odds"].get<double>(), kExact);
  expect_parity("gaps MEDFAIR", std::max(tpr, fpr),
                golden_["medfair"]["fairlearn"].get<double>(), kExact);
}

// The slow definition: each group's own cases alone, repeated as their weight says.
TEST_F(FairnessTest, WeightsStandForRepeatedCases) {
  Rng rng(3);
  for (auto& row : table_) row.weight = static_cast<float>(rng.below(3));
  const auto got = figures(table_);
  for (int32_t g = 0; g < 3; ++g) {
    std::vector<double> p, y;
    for (size_t i = 0; i < p_.size(); ++i) {
      for (float r = 0; group_[i] == g && r < table_[i].weight; ++r) {
        p.push_back(p_[i]);
        y.push_back(y_[i]);
      }
    }
    const auto& own = got[static_cast<size_t>(g)];
    const BinarySample sample(p, y);
    EXPECT_NEAR(own[GroupFigure::kAuroc], auroc(p, y), kExact);
    EXPECT_NEAR(own[GroupFigure::kEceDebiased], sample.ece_debiased(), kExact);
    const auto confusion = sample.confusion(golden_["threshold"]);
    EXPECT_NEAR(own[GroupFigure::kTpr], confusion.sensitivity(), kExact);
    EXPECT_NEAR(own[GroupFigure::kFpr], 1 - confusion.specificity(), kExact);
  }
}

TEST_F(FairnessTest, LanesAreTheSameAsOneResampleAfterAnother) {
  constexpr size_t kLanes = GroupedSample::kLanes;
  Rng rng(4);
  std::vector<uint16_t> weights(p_.size() * kLanes);
  for (auto& weight : weights) weight = static_cast<uint16_t>(rng.below(4));
  auto groups = group_;
  groups[7] = -1;
  std::vector<GroupFigures> lanes(3 * kLanes);
  sample().figures_of_lanes(groups, weights, {}, lanes);
  for (size_t l = 0; l < kLanes; ++l) {
    for (size_t i = 0; i < p_.size(); ++i) {
      table_[i].weight = i == 7 ? 0 : weights[i * kLanes + l];
    }
    const auto one = figures(table_);
    for (size_t g = 0; g < 3; ++g) EXPECT_EQ(lanes[l * 3 + g].values, one[g].values);
  }
}

TEST_F(FairnessTest, GroupingsAreTheSameAsOneAfterAnother) {
  constexpr size_t kLanes = GroupedSample::kLanes;
  Rng rng(5);
  std::vector<uint16_t> groups(p_.size() * kLanes);  // 3: in none.
  for (auto& group : groups) group = static_cast<uint16_t>(rng.below(4));
  std::vector<GroupFigures> lanes(3 * kLanes);
  sample().figures_of_groupings(groups, 3, {}, lanes);
  for (size_t l = 0; l < kLanes; ++l) {
    for (size_t i = 0; i < p_.size(); ++i) {
      const int32_t group = groups[i * kLanes + l];
      table_[i] = group == 3 ? GroupedRow{0, 0} : GroupedRow{group, 1};
    }
    const auto one = figures(table_);
    for (size_t g = 0; g < 3; ++g) {
      for (size_t f = 0; f < kNumGroupFigures; ++f) {
        const auto figure = static_cast<GroupFigure>(f);
        const double value = lanes[l * 3 + g][figure];
        if (figure == GroupFigure::kBpsnAuroc || figure == GroupFigure::kBnspAuroc) {
          EXPECT_TRUE(std::isnan(value));
        } else {
          EXPECT_EQ(value, one[g][figure]);
        }
      }
    }
  }
}

TEST_F(FairnessTest, DenominatorsCountPatients) {
  std::vector<int32_t> patients(p_.size());
  for (size_t i = 0; i < patients.size(); ++i) patients[i] = static_cast<int32_t>(i / 2);
  table_[0].weight = 0;
  const auto counts = sample().counts(table_, patients, 3);
  int64_t cases = 0;
  for (int32_t g = 0; g < 3; ++g) {
    std::vector<bool> any(p_.size()), positive(p_.size());
    for (size_t i = 1; i < p_.size(); ++i) {
      if (group_[i] != g) continue;
      any[i / 2] = true;
      if (y_[i] > 0.5) positive[i / 2] = true;
    }
    const auto& own = counts[static_cast<size_t>(g)];
    EXPECT_EQ(own.patients, std::count(any.begin(), any.end(), true));
    EXPECT_EQ(own.positive_patients, std::count(positive.begin(), positive.end(), true));
    cases += own.cases;
  }
  EXPECT_EQ(cases, static_cast<int64_t>(p_.size()) - 1);
}

TEST_F(FairnessTest, AFigureNeedsPatientsInItsDenominator) {
  std::vector<GroupCounts> counts(2);
  counts[0].patients = 40;
  counts[0].positive_patients = 19;
  counts[0].negative_patients = 25;
  counts[0].predicted_patients = 20;
  counts[1].positive_patients = 30;
  const auto eligible = eligible_figures(counts, 0, 20);
  const auto has = [&](GroupFigure figure) {
    return eligible[static_cast<size_t>(figure)];
  };
  EXPECT_FALSE(has(GroupFigure::kAuroc));
  EXPECT_FALSE(has(GroupFigure::kTpr));
  EXPECT_FALSE(has(GroupFigure::kUnderDiagnosis));
  EXPECT_TRUE(has(GroupFigure::kFpr));
  EXPECT_TRUE(has(GroupFigure::kPpv));
  EXPECT_TRUE(has(GroupFigure::kPrevalence));
  EXPECT_TRUE(has(GroupFigure::kBpsnAuroc));
  EXPECT_FALSE(has(GroupFigure::kBnspAuroc));
}

// Labels in which one of the two groups is too small do not enter their difference.
TEST_F(FairnessTest, GroupsAreComparedOverLabelsInCommon) {
  std::vector<GroupFigures> figures(4);  // [labels, groups]
  figures[0][GroupFigure::kTpr] = 0.9;
  figures[1][GroupFigure::kTpr] = 0.8;
  figures[2][GroupFigure::kTpr] = 0.1;
  figures[3][GroupFigure::kTpr] = 0.7;
  std::vector<Eligible> eligible(4, Eligible().set());
  const auto tpr_gap = [&] {
    return largest_gaps(figures, eligible, 2)[static_cast<size_t>(GapKind::kTpr)];
  };
  EXPECT_NEAR(tpr_gap().value, 0.25, kExact);  // |mean(0.1, -0.6)|
  EXPECT_EQ(tpr_gap().high, 1);
  eligible[2].reset();
  EXPECT_NEAR(tpr_gap().value, 0.1, kExact);
  EXPECT_EQ(tpr_gap().high, 0);
  eligible[0].reset();
  EXPECT_TRUE(std::isnan(tpr_gap().value));
  EXPECT_EQ(tpr_gap().high, -1);
}

}  // namespace
}  // namespace medgraft::statistics
