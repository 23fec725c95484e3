#include "medgraft/evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

constexpr double kBlank = std::numeric_limits<double>::quiet_NaN();

// Cases of which each two share a patient; half is validation.
Model model_of(const std::string& name, double skill) {
  Model out{name, {name + ".csv"}, {}};
  auto& p = out.predictions;
  p.names = {"x"};
  for (int i = 0; i < 200; ++i) {
    const bool positive = i % 3 == 0;
    p.cases.push_back(std::to_string(i));
    p.patients.push_back(std::to_string(i / 2));
    p.splits.push_back(i < 100 ? "val" : "test");
    p.labels.push_back(positive);
    p.probabilities.push_back(0.1 + 0.008 * (i * 37 % 100) * (1 - skill) +
                              (positive ? 0.8 * skill : 0));
  }
  p.sites.assign(200, "");
  return out;
}

EvaluateOptions quick() {
  EvaluateOptions options;
  options.replicates = 50;
  return options;
}

TEST(EvaluateTest, HasTheKeysOfTheSchema) {
  auto options = quick();
  options.compare = true;
  const auto document = evaluate({model_of("a", 0.3), model_of("b", 0.1)}, options);
  EXPECT_EQ(document["schema"], 1);
  const auto& test = document["models"]["a"]["splits"]["test"];
  for (const char* key :
       {"n_cases", "n_patients", "metrics", "labels", "subgroups", "gaps", "reliability",
        "temperature", "selective", "excluded"}) {
    EXPECT_TRUE(test.contains(key)) << key;
  }
  EXPECT_EQ(test["metrics"].size(), all_metrics().size());
  for (const auto& [metric, value] : test["metrics"].items()) {
    for (const char* key :
         {"value", "ci_low", "ci_high", "method", "n_cases", "n_patients", "reason"}) {
      EXPECT_TRUE(value.contains(key)) << metric << " " << key;
    }
  }
  ASSERT_EQ(document["comparisons"].size(), 2 * all_metrics().size());
  for (const char* key : {"a", "b", "split", "metric", "difference", "ci_low", "ci_high",
                          "p", "p_adjusted", "test", "family", "verdict"}) {
    EXPECT_TRUE(document["comparisons"][0].contains(key)) << key;
  }
}

TEST(EvaluateTest, CountsWhatIsLeftOut) {
  auto model = model_of("a", 0.3);
  model.predictions.labels[150] = -1;
  model.predictions.labels[151] = kBlank;
  model.predictions.labels[152] = kBlank;
  const auto document = evaluate({model}, quick());
  const auto& test = document["models"]["a"]["splits"]["test"];
  EXPECT_EQ(test["excluded"], (json{{"uncertain_labels", 1}, {"blank_labels", 2}}));
  EXPECT_EQ(test["n_cases"], 100);
  EXPECT_EQ(test["labels"]["x"]["auroc"]["n_cases"], 97);
}

TEST(EvaluateTest, ASinglePatientHasNoInterval) {
  auto model = model_of("a", 0.3);
  for (size_t i = 100; i < 200; ++i) model.predictions.patients[i] = "only";
  auto other = model_of("b", 0.1);
  other.predictions.patients = model.predictions.patients;
  auto options = quick();
  options.compare = true;
  const auto document = evaluate({model, other}, options);
  for (const auto& [metric, value] :
       document["models"]["a"]["splits"]["test"]["metrics"].items()) {
    EXPECT_FALSE(value["value"].is_null()) << metric;
    EXPECT_TRUE(value["ci_low"].is_null()) << metric;
    EXPECT_EQ(value["reason"], "a single patient: no interval") << metric;
  }
  for (const auto& row : document["comparisons"]) {
    if (row["split"] != "test") continue;
    EXPECT_EQ(row["verdict"], "inconclusive") << row["metric"];
    EXPECT_TRUE(row["p"].is_null() || row["p"] == 1) << row["metric"] << row["p"];
  }
}

TEST(EvaluateTest, OneClassIsUndefinedWithItsReason) {
  auto model = model_of("a", 0.3);
  for (size_t i = 100; i < 200; ++i) model.predictions.labels[i] = 0;
  const auto document = evaluate({model}, quick());
  const auto& auroc = document["models"]["a"]["splits"]["test"]["metrics"]["auroc"];
  EXPECT_TRUE(auroc["value"].is_null());
  EXPECT_FALSE(auroc["reason"].get<std::string>().empty());
}

}  // namespace
}  // namespace medgraft::evaluation
