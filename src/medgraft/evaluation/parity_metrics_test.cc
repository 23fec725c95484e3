#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/scorer.h"
#include "medgraft/statistics/binary_sample.h"
#include "medgraft/statistics/bootstrap.h"
#include "medgraft/statistics/curves.h"
#include "medgraft/statistics/delong.h"
#include "medgraft/statistics/expect_parity.h"
#include "medgraft/statistics/likelihood_ratio.h"
#include "medgraft/statistics/partial_auroc.h"
#include "medgraft/statistics/thresholds.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using Numbers = std::vector<double>;

// torchmetrics computes in single precision.
constexpr double kSingle = 5e-7;

// Against other implementations and published figures: tests/goldens/parity.py.
class ParityMetricsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/parity.json");
    golden_ = json::parse(file);
  }
  static Numbers numbers(const json& values) {
    Numbers out;
    for (const auto& value : values) {
      out.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                    : value.get<double>());
    }
    return out;
  }

  // Every case its own patient, so that patient counts are weights of cases.
  static Scorer scorer_of(const Predictions& predictions, Numbers thresholds) {
    std::vector<int64_t> each(predictions.cases.size());
    std::iota(each.begin(), each.end(), int64_t{0});
    return Scorer(predictions, each, each, std::move(thresholds));
  }

  static void expect_scores(const std::string& sample, const Scorer& scorer,
                            const Numbers& weights, const json& want) {
    for (const auto& [name, value] : want.items()) {
      statistics::expect_parity(text(sample, " ", name),
                                scorer.score(parse_metric(name), weights), value);
    }
  }

  static json golden_;
};

json ParityMetricsTest::golden_;

Predictions predictions_of(const Numbers& labels, const Numbers& probabilities,
                           size_t columns, bool multiclass) {
  Predictions out;
  out.multiclass = multiclass;
  for (size_t k = 0; k < columns; ++k) out.names.push_back(text("label", k));
  out.cases.resize(probabilities.size() / columns);
  out.labels = labels;
  out.probabilities = probabilities;
  return out;
}

TEST_F(ParityMetricsTest, BinaryMetricsMatchScikitLearn) {
  const auto& golden = golden_["binary"];
  const auto scorer =
      scorer_of(predictions_of(numbers(golden["labels"]),
                               numbers(golden["probabilities"]), 1, false),
                {golden["threshold"].get<double>()});
  expect_scores("binary", scorer, {}, golden["plain"]);
  expect_scores("binary weighted", scorer, numbers(golden["weights"]),
                golden["weighted"]);
  for (const auto& [name, value] : golden["torchmetrics"].items()) {
    statistics::expect_parity(text("torchmetrics binary ", name),
                              scorer.score(parse_metric(name), {}), value, kSingle);
  }
}

TEST_F(ParityMetricsTest, CalibrationErrorMatchesTorchmetricsAndNetcal) {
  const auto& binary = golden_["binary"];
  const auto& golden = binary["calibration"];
  const auto scorer =
      scorer_of(predictions_of(numbers(binary["labels"]),
                               numbers(golden["probabilities"]), 1, false),
                {});
  const double ece = scorer.score(Metric::kEce, {});
  statistics::expect_parity("torchmetrics binary ece", ece, golden["torchmetrics_ece"],
                            kSingle);
  statistics::expect_parity("netcal binary ece", ece, golden["netcal_ece"]);
}

// MEDFAIR bins between the lowest and the highest prediction and interpolates the ROC:
// other figures, not ours to match (docs/metrics/parity.md).
TEST_F(ParityMetricsTest, MedfairAgreesOnAurocAlone) {
  const auto& binary = golden_["binary"];
  auto p = numbers(binary["probabilities"]);
  for (double& value : p) value /= 4;
  const auto y = numbers(binary["labels"]);
  const statistics::BinarySample sample(p, y);
  const auto& medfair = binary["medfair"];
  const double sensitivity =
      sample.confusion(statistics::threshold_of_specificity(p, y, 0.8)).sensitivity();
  statistics::expect_parity("MEDFAIR auroc", sample.auroc(), medfair["auroc"]);
  EXPECT_GT(std::abs(sample.ece() - medfair["ece"].get<double>()), 1e-3);
  EXPECT_LT(sensitivity, medfair["tpr_at_80_tnr"].get<double>());
  std::printf("MEDFAIR: ece %.4f, ours %.4f; TPR at 80%% TNR %.4f, ours %.4f\n",
              medfair["ece"].get<double>(), sample.ece(),
              medfair["tpr_at_80_tnr"].get<double>(), sensitivity);
}

TEST_F(ParityMetricsTest, MulticlassMetricsMatch) {
  const auto& golden = golden_["multiclass"];
  const auto scorer = scorer_of(
      predictions_of(numbers(golden["labels"]), numbers(golden["probabilities"]),
                     golden["classes"].get<size_t>(), true),
      {});
  expect_scores("multiclass", scorer, {}, golden["plain"]);
  expect_scores("multiclass weighted", scorer, numbers(golden["weights"]),
                golden["weighted"]);
  for (const auto& [name, value] : golden["torchmetrics"].items()) {
    statistics::expect_parity(text("torchmetrics multiclass ", name),
                              scorer.score(parse_metric(name), {}), value, kSingle);
  }
  statistics::expect_parity("netcal multiclass ece", scorer.score(Metric::kEce, {}),
                            golden["netcal_ece"]);
}

TEST_F(ParityMetricsTest, MaskedMultilabelMetricsMatch) {
  const auto& golden = golden_["multilabel"];
  const auto scorer = scorer_of(
      predictions_of(numbers(golden["labels"]), numbers(golden["probabilities"]),
                     golden["columns"].get<size_t>(), false),
      numbers(golden["thresholds"]));
  EXPECT_EQ(scorer.num_masked(), golden["masked"].get<int64_t>());
  expect_scores("multilabel", scorer, {}, golden["plain"]);
  expect_scores("multilabel weighted", scorer, numbers(golden["weights"]),
                golden["weighted"]);
  for (int64_t k = 0; k < scorer.num_labels(); ++k) {
    for (const auto& [name, value] : golden["each"][static_cast<size_t>(k)].items()) {
      statistics::expect_parity(text("multilabel ", name),
                                scorer.score_label(parse_metric(name), k, {}), value);
    }
  }
}

TEST_F(ParityMetricsTest, CurvesMatchScikitLearn) {
  const auto& golden = golden_["binary"];
  const auto p = numbers(golden["probabilities"]), y = numbers(golden["labels"]);
  for (const auto& [kind, want] : golden["curves"].items()) {
    const auto weights = kind == "weighted" ? numbers(golden["weights"]) : Numbers();
    const auto roc = statistics::roc_curve(p, y, weights);
    const auto pr = statistics::precision_recall_curve(p, y, weights);
    const std::pair<const char*, const Numbers*> columns[] = {
        {"fpr", &roc.fpr},
        {"tpr", &roc.tpr},
        {"precision", &pr.precision},
        {"recall", &pr.recall}};
    for (const auto& [name, got] : columns) {
      const auto expected = numbers(want[name]);
      ASSERT_EQ(got->size(), expected.size()) << kind << " " << name;
      for (size_t i = 0; i < expected.size(); ++i) {
        statistics::expect_parity(text("curve ", name), (*got)[i], expected[i]);
      }
    }
    EXPECT_EQ(Numbers(roc.thresholds.begin() + 1, roc.thresholds.end()),
              numbers(want["roc_thresholds"]));
    EXPECT_EQ(pr.thresholds, numbers(want["pr_thresholds"]));
    for (const auto& [limit, value] : want["partial"].items()) {
      const double max = std::stod(limit);
      statistics::expect_parity("partial_auroc of fpr",
                                statistics::standardize_partial_area(
                                    statistics::partial_area_of_fpr(roc, max), max),
                                value);
    }
    for (const auto& [limit, value] : want["partial_of_tpr"].items()) {
      const double min = std::stod(limit);
      statistics::expect_parity("partial_auroc of tpr",
                                statistics::standardize_partial_area(
                                    statistics::partial_area_of_tpr(roc, min), 1 - min),
                                value);
    }
  }
}

TEST_F(ParityMetricsTest, ThresholdsMatchTheirDefinition) {
  const auto& golden = golden_["binary"];
  const auto p = numbers(golden["probabilities"]), y = numbers(golden["labels"]);
  for (const auto& [target, want] : golden["thresholds"].items()) {
    statistics::expect_parity(
        "threshold of sensitivity",
        statistics::threshold_of_sensitivity(p, y, std::stod(target)),
        want["sensitivity"]);
    statistics::expect_parity(
        "threshold of specificity",
        statistics::threshold_of_specificity(p, y, std::stod(target)),
        want["specificity"]);
  }
}

TEST_F(ParityMetricsTest, LikelihoodRatioMatchesScipysRelativeRisk) {
  const auto& golden = golden_["binary"];
  const auto p = numbers(golden["probabilities"]);
  Numbers calls;
  std::vector<int64_t> distinct;
  for (const double value : p) {
    calls.push_back(value >= golden["threshold"].get<double>());
    distinct.push_back(static_cast<int64_t>(distinct.size()));
  }
  const auto got =
      statistics::positive_likelihood_ratio(calls, numbers(golden["labels"]), distinct);
  const auto& want = golden["likelihood_ratio"];
  statistics::expect_parity("likelihood ratio", got.value, want["value"]);
  statistics::expect_parity("likelihood ratio limits", got.low, want["low"]);
  statistics::expect_parity("likelihood ratio limits", got.high, want["high"]);
}

TEST_F(ParityMetricsTest, PercentilesMatchNumpy) {
  const auto& golden = golden_["percentile"];
  const auto got = statistics::percentile_interval(0, numbers(golden["values"]));
  statistics::expect_parity("percentile", got.low, golden["low"]);
  statistics::expect_parity("percentile", got.high, golden["high"]);
}

// The data of DeLong et al. 1988; every covariance by comparing all pairs.
TEST_F(ParityMetricsTest, DelongOfItsFirstExampleMatchesTheDefinition) {
  const auto& golden = golden_["ovarian"];
  const auto y = numbers(golden["labels"]);
  std::vector<int64_t> distinct(y.size());
  std::iota(distinct.begin(), distinct.end(), int64_t{0});
  std::map<std::string, statistics::AurocComponents> parts;
  for (const auto& [name, scores] : golden["scores"].items()) {
    parts[name] = statistics::auroc_components(numbers(scores), y);
    statistics::expect_parity("DeLong 1988 area", parts[name].auroc,
                              golden["areas"][name]);
  }
  const auto covariance = [&](const std::string& a, const std::string& b) {
    const double got =
        statistics::auroc_covariance(parts.at(a), parts.at(b), y, distinct);
    statistics::expect_parity("DeLong 1988 covariance", got, golden["covariances"][a][b]);
    return got;
  };
  for (const std::string name : {"albumin", "total_protein"}) {
    const double variance =
        covariance(name, name) + covariance("kg", "kg") - 2 * covariance(name, "kg");
    const double difference = parts[name].auroc - parts["kg"].auroc;
    statistics::expect_parity("DeLong 1988 p",
                              statistics::paired_delong_p(difference, variance),
                              golden["p"][name]);
  }
}

// What pROC's own tests expect of the WFNS grades of its aSAH data, all digits.
TEST_F(ParityMetricsTest, AreasMatchThoseOfProc) {
  const auto& golden = golden_["wfns"];
  Numbers scores, y;
  for (const auto* outcome : {"good", "poor"}) {
    const auto counts = numbers(golden[outcome]);
    for (size_t grade = 0; grade < counts.size(); ++grade) {
      for (double i = 0; i < counts[grade]; ++i) {
        scores.push_back(static_cast<double>(grade + 1));
        y.push_back(outcome == std::string("poor"));
      }
    }
  }
  std::vector<int64_t> distinct(y.size());
  std::iota(distinct.begin(), distinct.end(), int64_t{0});
  const auto parts = statistics::auroc_components(scores, y);
  statistics::expect_parity("pROC auc", parts.auroc, golden["auc"]);
  statistics::expect_parity("pROC var",
                            statistics::auroc_covariance(parts, parts, y, distinct),
                            golden["variance"]);
  const auto roc = statistics::roc_curve(scores, y);
  const auto below = [&](double fpr) {
    return statistics::partial_area_of_fpr(roc, fpr);
  };
  const auto above = [&](double tpr) {
    return statistics::partial_area_of_tpr(roc, tpr);
  };
  for (const auto& row : golden["partial_fpr"]) {
    statistics::expect_parity("pROC partial area", below(row[1]) - below(row[0]), row[2]);
  }
  for (const auto& row : golden["partial_tpr"]) {
    statistics::expect_parity("pROC partial area", above(row[0]) - above(row[1]), row[2]);
  }
  statistics::expect_parity("pROC corrected area",
                            statistics::standardize_partial_area(below(0.1), 0.1),
                            golden["corrected_fpr"]);
  statistics::expect_parity("pROC corrected area",
                            statistics::standardize_partial_area(above(0.9), 0.1),
                            golden["corrected_tpr"]);
}

}  // namespace
}  // namespace medgraft::evaluation
