#include "medgraft/statistics/selective.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;

// Against the definitions in NumPy, ties in every order: tests/goldens/calibration.py.
class SelectiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/calibration.json");
    golden_ = nlohmann::json::parse(file).at("binary");
    column_ = {golden_.at("p"), golden_.at("y"), golden_.at("patients")};
  }

  nlohmann::json golden_;
  LabelColumn column_;
  HarmonicSums sums_{1000};
};

TEST_F(SelectiveTest, FiguresMatchTheDefinition) {
  const auto sample = SelectiveSample::of(column_);
  const auto figures = sample.score(sums_);
  expect_parity("AURC", figures.aurc, golden_["aurc"].get<double>(), kExact);
  expect_parity("e-AURC", figures.e_aurc, golden_["e_aurc"].get<double>(), kExact);
  for (size_t c = 0; c < kCoverages.size(); ++c) {
    expect_parity("accuracy at coverage", figures.accuracy_at[c],
                  golden_["accuracy_at"][c].get<double>(), kExact);
  }
  for (const auto& point : golden_["risk_at"]) {
    expect_parity("risk at coverage", sample.risk_at(point[0].get<size_t>()),
                  point[1].get<double>(), kExact);
  }
}

TEST_F(SelectiveTest, TiesAreTheMeanOverAllTheirOrders) {
  const auto& tied = golden_["tied"];
  const SelectiveSample sample(tied["confidences"].get<std::vector<double>>(),
                               tied["errors"].get<std::vector<double>>(),
                               std::vector<int64_t>(9));
  expect_parity("AURC", sample.score(sums_).aurc, tied["aurc"].get<double>(), kExact);
}

TEST_F(SelectiveTest, CountsStandForRepeatedPatients) {
  std::vector<double> counts(110);
  LabelColumn repeated;
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<double>(i * 7 % 4);
  for (size_t i = 0; i < column_.size(); ++i) {
    for (int r = 0; r < counts[static_cast<size_t>(column_.patients[i])]; ++r) {
      repeated.probabilities.push_back(column_.probabilities[i]);
      repeated.labels.push_back(column_.labels[i]);
      repeated.patients.push_back(column_.patients[i]);
    }
  }
  const auto weighted = SelectiveSample::of(column_).score(sums_, counts);
  const auto copied = SelectiveSample::of(repeated).score(sums_);
  EXPECT_NEAR(weighted.aurc, copied.aurc, kExact);
  EXPECT_NEAR(weighted.e_aurc, copied.e_aurc, kExact);
  for (size_t c = 0; c < kCoverages.size(); ++c) {
    EXPECT_NEAR(weighted.accuracy_at[c], copied.accuracy_at[c], kExact);
  }
}

// More cases than the table of sums holds, and than lie between two milestones.
TEST_F(SelectiveTest, LargeSamplesMatchASimpleSum) {
  std::vector<double> confidences, errors;
  double wrong = 0, risks = 0;
  for (int i = 0; i < 3000; ++i) {
    confidences.push_back(1 - i / 4000.0);
    errors.push_back(i % 7 == 3 || i > 2800);
    wrong += errors.back();
    risks += wrong / (i + 1);
  }
  const SelectiveSample sample(confidences, errors, std::vector<int64_t>(3000));
  const auto figures = sample.score(sums_);
  EXPECT_NEAR(figures.aurc, risks / 3000, 1e-12);
  EXPECT_NEAR(figures.accuracy_at[0], 1 - sample.risk_at(1500), 1e-12);
  EXPECT_NEAR(figures.accuracy_at[4], 1 - sample.risk_at(2850), 1e-12);
}

TEST_F(SelectiveTest, TheBestRankingHasNoExcess) {
  const SelectiveSample sample(std::vector<double>{0.9, 0.8, 0.7, 0.6, 0.5},
                               std::vector<double>{0, 0, 0, 1, 1},
                               std::vector<int64_t>(5));
  EXPECT_NEAR(sample.score(sums_).e_aurc, 0, 1e-15);
  EXPECT_NEAR(sample.score(sums_).aurc, (1.0 / 4 + 2.0 / 5) / 5, 1e-15);
  EXPECT_NEAR(optimal_aurc(5, 2), (1.0 / 4 + 2.0 / 5) / 5, 1e-15);
  EXPECT_NEAR(optimal_aurc(4, 0), 0, 1e-15);
  EXPECT_NEAR(optimal_aurc(4, 4), 1, 1e-15);
}

TEST_F(SelectiveTest, NoCaseIsUndefined) {
  const auto figures = SelectiveSample::of({}).score(sums_);
  EXPECT_TRUE(std::isnan(figures.aurc));
  EXPECT_TRUE(std::isnan(figures.accuracy_at[0]));
}

}  // namespace
}  // namespace medgraft::statistics
