#include "medgraft/statistics/ood_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/base/error.h"
#include "medgraft/statistics/detection.h"
#include "medgraft/statistics/expect_parity.h"
#include "medgraft/statistics/reweight.h"

namespace medgraft::statistics {
namespace {

constexpr double kExact = 1e-9;

// Against scikit-learn, SciPy and OpenOOD's formulas: tests/goldens/shift.py.
class OodScores : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/shift.json");
    golden_ = nlohmann::json::parse(file);
  }

  std::vector<double> vector(const char* name) const {
    return golden_.at(name).get<std::vector<double>>();
  }
  template <class T>
  std::vector<T> matrix(const char* name) const {
    std::vector<T> out;
    for (const auto& row : golden_.at(name)) {
      for (const auto& value : row) out.push_back(value.get<T>());
    }
    return out;
  }
  void expect_golden(const std::vector<double>& scores, const char* name) const {
    const auto expected = vector(name);
    ASSERT_EQ(scores.size(), expected.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      expect_parity(text("OOD score ", name), scores[i], expected[i]);
    }
  }
  void expect_figures(const DetectionFigures& figures, const char* name) const {
    const auto& expected = golden_.at(name);
    expect_parity("OOD detection", figures.auroc, expected.at("auroc"), kExact);
    expect_parity("OOD detection", figures.fpr95, expected.at("fpr95"), kExact);
    expect_parity("OOD detection", figures.aupr_in, expected.at("aupr_in"), kExact);
    expect_parity("OOD detection", figures.aupr_out, expected.at("aupr_out"), kExact);
  }

  nlohmann::json golden_;
};

TEST_F(OodScores, MatchTheDefinitionsOfOutputs) {
  const auto softmax = matrix<double>("softmax"), sigmoid = matrix<double>("sigmoid");
  const auto logits = matrix<double>("logits");
  using enum OutputKind;
  expect_golden(maximum_probability_scores(softmax, 3, kClasses), "msp");
  expect_golden(maximum_probability_scores(sigmoid, 3, kLabels), "msp_labels");
  expect_golden(entropy_scores(softmax, 3, kClasses), "entropy");
  expect_golden(entropy_scores(sigmoid, 3, kLabels), "entropy_labels");
  expect_golden(energy_scores(logits, 3, kClasses), "energy");
  expect_golden(energy_scores(logits, 3, kLabels), "energy_labels");
  expect_golden(maximum_logit_scores(logits, 3), "max_logit");
}

TEST_F(OodScores, MatchMahalanobisDistancesOfOpenOod) {
  const auto training = matrix<float>("training"), features = matrix<float>("features");
  const auto classes = golden_.at("classes").get<std::vector<int64_t>>();
  const auto scores = MahalanobisDistances({training, 5}, classes).score({features, 5});
  expect_golden(scores.nearest, "mahalanobis");
  expect_golden(scores.relative, "relative_mahalanobis");
}

TEST_F(OodScores, UseThePseudoInverseWhereFeaturesOutnumberCases) {
  const auto training = matrix<float>("wide_training");
  const auto features = matrix<float>("wide_features");
  const std::vector<int64_t> one_class(20, 0);
  const auto scores =
      MahalanobisDistances({training, 32}, one_class).score({features, 32});
  expect_golden(scores.nearest, "wide_mahalanobis");
  EXPECT_TRUE(std::isnan(scores.relative[0]));  // A single class is the background.
}

TEST_F(OodScores, MatchNearestNeighborsWhateverTheNumberOfThreads) {
  const auto training = matrix<float>("training"), features = matrix<float>("features");
  const auto scores =
      nearest_neighbor_scores({training, 5}, {features, 5}, golden_.at("knn_k"), 1);
  expect_golden(scores, "knn");
  EXPECT_EQ(nearest_neighbor_scores({training, 5}, {features, 5}, golden_.at("knn_k"), 3),
            scores);
  expect_golden(nearest_neighbor_scores({training, 5}, {features, 5}, 1000, 2),
                "knn_all");  // As many as there are.
}

TEST_F(OodScores, DetectAsScikitLearnDoes) {
  const DetectionSample tied(vector("tied"), vector("outside"));
  expect_figures(tied.figures(), "figures");
  expect_figures(tied.figures(vector("weights")), "weighted_figures");
  expect_figures(DetectionSample(vector("mahalanobis"), vector("outside")).figures(),
                 "figures_of_mahalanobis");
}

TEST(DetectionSample, IsUndefinedWithoutBothKinds) {
  const DetectionSample sample({0.1, 0.2, 0.3}, {0, 0, 1});
  EXPECT_EQ(sample.figures().auroc, 1);
  EXPECT_EQ(sample.figures().fpr95, 0);
  const std::vector<double> without_outsider = {1, 1, 0};
  for (const double value : sample.figures(without_outsider).values()) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST_F(OodScores, ReweightToAnotherPrevalence) {
  const auto& expected = golden_.at("reweighted");
  const auto labels = expected.at("labels").get<std::vector<double>>();
  const BinarySample sample(expected.at("p").get<std::vector<double>>(), labels);
  const auto weights = reweight_to(expected.at("target"), labels);
  const auto wanted = expected.at("weights").get<std::vector<double>>();
  for (size_t i = 0; i < weights.size(); ++i)
    expect_parity("reweighted weights", weights[i], wanted[i], kExact);
  const auto figures = prevalence_figures(sample, expected.at("threshold"), weights);
  expect_parity("reweighted", figures.auprc, expected.at("auprc"), kExact);
  expect_parity("reweighted", figures.ppv, expected.at("ppv"), kExact);
  expect_parity("reweighted", figures.brier, expected.at("brier"), kExact);
  expect_parity("reweighted", figures.ece, expected.at("ece"), kExact);
  EXPECT_NEAR(prevalence(labels, weights), expected.at("target"), kExact);
  EXPECT_NEAR(sample.auroc(weights), sample.auroc(), kExact);
}

TEST(Reweight, LeavesASetOfOneClassAlone) {
  const std::vector<double> labels = {1, 1};
  EXPECT_TRUE(reweight_to(0.5, labels).empty());
}

}  // namespace
}  // namespace medgraft::statistics
