#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/auroc.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/expect_parity.h"

namespace medgraft::evaluation {
namespace {

constexpr double kExact = 1e-9;

// Against scikit-learn and brute-force definitions: tests/goldens/statistics.py.
class ParityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/golden.json");
    golden_ = nlohmann::json::parse(file);
    labels_ = golden_.at("labels").get<std::vector<double>>();
    a_ = golden_.at("a").get<std::vector<double>>();
    b_ = golden_.at("b").get<std::vector<double>>();
    clusters_ = golden_.at("clusters").get<std::vector<int64_t>>();
  }
  double golden(const char* name) const { return golden_.at(name).get<double>(); }

  nlohmann::json golden_;
  std::vector<double> labels_, a_, b_;
  std::vector<int64_t> clusters_;
};

TEST_F(ParityTest, MetricsMatchScikitLearn) {
  const statistics::BinarySample sample(a_, labels_);
  statistics::expect_parity("auroc", sample.auroc(), golden("auroc"), kExact);
  statistics::expect_parity("auroc", statistics::auroc(a_, labels_), golden("auroc"),
                            kExact);
  statistics::expect_parity("auprc", sample.auprc(), golden("auprc"), kExact);
  statistics::expect_parity("brier", sample.brier(), golden("brier"), kExact);
  statistics::expect_parity("nll", sample.nll(), golden("nll"), kExact);
  statistics::expect_parity("ece definition", sample.ece(), golden("ece"), kExact);
  statistics::expect_parity("ece_adaptive", sample.ece_adaptive(), golden("ece_adaptive"),
                            kExact);
  statistics::expect_parity("ece_debiased", sample.ece_debiased(), golden("ece_debiased"),
                            kExact);
  statistics::expect_parity("youden threshold", sample.youden_threshold(),
                            golden("youden_threshold"), kExact);
  const auto confusion = sample.confusion(0.5);
  statistics::expect_parity("confusion", confusion.accuracy(), golden("accuracy"),
                            kExact);
  statistics::expect_parity("confusion", confusion.balanced_accuracy(),
                            golden("balanced_accuracy"), kExact);
  statistics::expect_parity("confusion", confusion.sensitivity(), golden("sensitivity"),
                            kExact);
  statistics::expect_parity("confusion", confusion.specificity(), golden("specificity"),
                            kExact);
  statistics::expect_parity("confusion", confusion.f1(), golden("f1"), kExact);
}

TEST_F(ParityTest, VariancesMatchTheBruteForceDefinitions) {
  const auto a = statistics::auroc_components(a_, labels_);
  const auto b = statistics::auroc_components(b_, labels_);
  std::vector<int64_t> distinct(labels_.size());
  for (size_t i = 0; i < distinct.size(); ++i) distinct[i] = static_cast<int64_t>(i);
  statistics::expect_parity("DeLong variance",
                            statistics::auroc_covariance(a, a, labels_, distinct),
                            golden("delong_variance"), kExact);
  statistics::expect_parity("DeLong covariance",
                            statistics::auroc_covariance(a, b, labels_, distinct),
                            golden("delong_covariance"), kExact);
  statistics::expect_parity("Obuchowski variance",
                            statistics::auroc_covariance(a, a, labels_, clusters_),
                            golden("obuchowski_variance"), kExact);
}

TEST_F(ParityTest, HolmMatchesTheWorkedExample) {
  const auto p = golden_.at("holm").at("p").get<std::vector<double>>();
  const auto want = golden_.at("holm").at("adjusted").get<std::vector<double>>();
  const auto got = statistics::holm(p);
  for (size_t i = 0; i < want.size(); ++i)
    statistics::expect_parity("Holm", got[i], want[i], kExact);
}

// A resample scored by weights is the same as scoring the repeated items.
TEST_F(ParityTest, WeightsStandForRepeatedItems) {
  std::vector<double> weights(a_.size()), p, y;
  for (size_t i = 0; i < a_.size(); ++i) {
    weights[i] = static_cast<double>(i * 7 % 4);
    for (int r = 0; r < weights[i]; ++r) {
      p.push_back(a_[i]);
      y.push_back(labels_[i]);
    }
  }
  const statistics::BinarySample sample(a_, labels_), repeated(p, y);
  EXPECT_NEAR(sample.auroc(weights), repeated.auroc(), kExact);
  EXPECT_NEAR(sample.auprc(weights), repeated.auprc(), kExact);
  EXPECT_NEAR(sample.nll(weights), repeated.nll(), kExact);
  EXPECT_NEAR(sample.ece(weights), repeated.ece(), kExact);
  EXPECT_NEAR(sample.ece_debiased(weights), repeated.ece_debiased(), kExact);
  EXPECT_NEAR(sample.confusion(0.5, weights).f1(), repeated.confusion(0.5).f1(), kExact);
}

TEST_F(ParityTest, OneClassIsUndefined) {
  const statistics::BinarySample sample({0.1, 0.9}, {1, 1});
  EXPECT_TRUE(std::isnan(sample.auroc()));
  EXPECT_TRUE(std::isnan(sample.confusion(0.5).specificity()));
  EXPECT_TRUE(std::isnan(sample.youden_threshold()));
}

TEST_F(ParityTest, PerfectSeparationHasAOneSidedBound) {
  const std::vector<double> p = {0.1, 0.2, 0.8, 0.9}, y = {0, 0, 1, 1};
  const auto parts = statistics::auroc_components(p, y);
  const auto interval = statistics::auroc_interval(parts, 0);
  EXPECT_EQ(interval.value, 1);
  EXPECT_EQ(interval.high, 1);
  EXPECT_NEAR(interval.low, 0.2236067977, 1e-9);  // 0.05^(1/2)
}

}  // namespace
}  // namespace medgraft::evaluation
