#include "medgraft/evaluation/fairness_section.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/evaluation/decision_curve_section.h"
#include "medgraft/evaluation/gap_comparisons.h"
#include "medgraft/statistics/auroc.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

// 400 cases of 200 patients; the second group's positives score like its negatives where
// a gap is planted.
struct Planted {
  double separation_of_m = 1.6;
  size_t num_labels = 1;
};

Predictions predictions(const Planted& planted, uint64_t seed = 5) {
  Rng rng(seed);
  Predictions out;
  for (size_t k = 0; k < planted.num_labels; ++k) out.names.push_back(text("l", k));
  std::vector<std::string> sex, age, color;
  for (int i = 0; i < 400; ++i) {
    const int patient = i / 2;
    const bool is_m = patient % 3 == 0;
    out.cases.push_back(text("c", i));
    out.patients.push_back(text("p", patient));
    out.splits.push_back("test");
    out.sites.push_back("");
    sex.push_back(patient == 1 ? "" : is_m ? "M" : "F");
    age.push_back(text(20 + patient % 70));
    color.push_back(patient % 2 == 0 ? "blue" : patient == 3 ? "rare" : "red");
    for (size_t k = 0; k < planted.num_labels; ++k) {
      const double y = rng.uniform() < 0.4;
      const double separation = is_m ? planted.separation_of_m : 1.6;
      const double z = separation * (y - 0.5) + rng.normal();
      out.labels.push_back(y);
      out.probabilities.push_back(1 / (1 + std::exp(-z)));
    }
  }
  out.attributes = {{"sex", sex}, {"age", age}, {"color", color}};
  return out;
}

SplitView view_of(const Predictions& predictions) {
  SplitView view{&predictions, "model", "test", {}, {}, 200, true, {}};
  view.rows.resize(400);
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  for (int64_t i = 0; i < 400; ++i) view.patient_index.push_back(i / 2);
  return view;
}

EvaluateOptions few_replicates() {
  EvaluateOptions options;
  options.replicates = 199;
  return options;
}

TEST(FairnessSection, GivesEveryGroupItsFigures) {
  const auto data = predictions({});
  const auto out = fairness_json(view_of(data), few_replicates());
  const auto& female = out["subgroups"]["sex"]["F"];
  std::vector<double> p, y;
  int64_t positives = 0, called = 0, both = 0;
  for (size_t i = 0; i < 400; ++i) {
    if (data.attributes[0].second[i] != "F") continue;
    p.push_back(data.probabilities[i]);
    y.push_back(data.labels[i]);
    positives += y.back() > 0.5;
    called += p.back() >= 0.5;
    both += p.back() >= 0.5 && y.back() > 0.5;
  }
  const auto share = [](int64_t a, int64_t b) {
    return static_cast<double>(a) / static_cast<double>(b);
  };
  const auto n = std::ssize(p);
  EXPECT_EQ(female["n"]["value"], static_cast<double>(n));
  EXPECT_EQ(female["auroc"]["n_patients"], n / 2);
  EXPECT_NEAR(female["auroc"]["value"], statistics::auroc(p, y), 1e-12);
  EXPECT_EQ(female["auroc"]["method"], "obuchowski logit");
  EXPECT_NEAR(female["prevalence"]["value"], share(positives, n), 1e-12);
  EXPECT_NEAR(female["selection_rate"]["value"], share(called, n), 1e-12);
  EXPECT_NEAR(female["tpr"]["value"], share(both, positives), 1e-12);
  EXPECT_NEAR(female["sensitivity"]["value"], share(both, positives), 1e-12);
  EXPECT_NEAR(female["under_diagnosis"]["value"], share(positives - both, positives),
              1e-12);
  EXPECT_NEAR(female["ppv"]["value"], share(both, called), 1e-12);
  EXPECT_NEAR(female["fpr"]["value"], share(called - both, n - positives), 1e-12);
  EXPECT_NEAR(
      female["specificity"]["value"].get<double>() + female["fpr"]["value"].get<double>(),
      1, 1e-12);
  for (const auto& [name, value] : female.items()) {
    if (name == "n") continue;
    EXPECT_LE(value["ci_low"].get<double>(), value["value"].get<double>()) << name;
    EXPECT_GE(value["ci_high"].get<double>(), value["value"].get<double>()) << name;
  }
  EXPECT_TRUE(out["subgroups"]["sex+color"].contains("F+red"));
  EXPECT_TRUE(out["subgroups"].contains("color"));
  EXPECT_EQ(out["attributes"]["sex"]["unknown"], 2);
  EXPECT_TRUE(out["label_subgroups"].empty());
}

TEST(FairnessSection, ShowsASmallGroupAsTooSmall) {
  const auto data = predictions({});
  auto options = few_replicates();
  auto out = fairness_json(view_of(data), options);
  const auto& rare = out["subgroups"]["color"]["rare"];
  EXPECT_TRUE(rare["prevalence"]["value"].is_null());
  EXPECT_EQ(rare["prevalence"]["reason"],
            "too small: 1 patient with labeled cases; at least 20 are needed");
  EXPECT_EQ(rare["n"]["value"], 2.0);
  const auto groups =
      out["gaps"]["color"]["tpr"]["groups"].get<std::vector<std::string>>();
  EXPECT_EQ(std::count(groups.begin(), groups.end(), "rare"), 0);
  options.min_group = 1;
  out = fairness_json(view_of(data), options);
  EXPECT_FALSE(out["subgroups"]["color"]["rare"]["prevalence"]["value"].is_null());
}

TEST(FairnessSection, LeavesUndeclaredNumbersOutWithTheReason) {
  const auto data = predictions({});
  auto options = few_replicates();
  auto out = fairness_json(view_of(data), options);
  EXPECT_FALSE(out["subgroups"].contains("age"));
  EXPECT_EQ(out["excluded_attributes"]["age"],
            "numeric with 70 values; declare --bins age=EDGE,EDGE...");
  options.bins["age"] = {40, 60};
  out = fairness_json(view_of(data), options);
  EXPECT_TRUE(out["excluded_attributes"].empty());
  ASSERT_EQ(out["subgroups"]["age"].size(), 3U);
  // Ages 20 to 39 of patients 0..19, 70..89, 140..159: two cases each.
  EXPECT_EQ(out["subgroups"]["age"]["<40"]["n"]["value"], 120.0);
  EXPECT_TRUE(out["subgroups"]["age"].contains("40-59"));
  EXPECT_TRUE(out["subgroups"]["age"].contains(">=60"));
  options.bins = {{"sex", {40}}};
  EXPECT_THROW(fairness_json(view_of(data), options), UserError);
  options.bins = {{"ages", {40}}};
  EXPECT_THROW(fairness_json(view_of(data), options), UserError);
}

TEST(FairnessSection, FindsAPlantedGapAndNoOther) {
  const auto data = predictions({.separation_of_m = -0.2});
  const auto gaps = fairness_json(view_of(data), few_replicates())["gaps"];
  EXPECT_LT(gaps["sex"]["auroc"]["p_adjusted"], 0.05);
  EXPECT_EQ(gaps["sex"]["auroc"]["groups"], json({"F", "M"}));
  EXPECT_EQ(gaps["sex"]["worst_group"]["groups"], json({"M"}));
  EXPECT_TRUE(gaps["sex"]["auroc"]["ci_low"].is_null());
  EXPECT_GT(gaps["color"]["auroc"]["p"], 0.05);
  EXPECT_FALSE(gaps.contains("sex+color"));
}

TEST(FairnessSection, AveragesOverLabelsWithEnoughPatients) {
  auto data = predictions({.num_labels = 2});
  data.names[1] = "No_Finding";
  const auto out = fairness_json(view_of(data), few_replicates());
  const auto of = [&](const char* label, const char* metric) {
    return out["label_subgroups"][label]["sex"]["F"][metric]["value"].get<double>();
  };
  const auto& mean = out["subgroups"]["sex"]["F"];
  EXPECT_NEAR(mean["auroc"]["value"], (of("l0", "auroc") + of("No_Finding", "auroc")) / 2,
              1e-12);
  EXPECT_EQ(mean["auroc"]["n_labels"], 2);
  EXPECT_EQ(mean["auroc"]["method"], "bootstrap percentile");
  // Missing "no finding" is no under-diagnosis; calling it falsely is.
  EXPECT_NEAR(mean["under_diagnosis"]["value"], of("l0", "under_diagnosis"), 1e-12);
  EXPECT_NEAR(mean["false_no_finding"]["value"], of("No_Finding", "fpr"), 1e-12);
}

TEST(FairnessSection, CountsPatientsWhoseCasesDiffer) {
  auto data = predictions({});
  data.attributes[2].second[0] = "red";
  const auto out = fairness_json(view_of(data), few_replicates());
  EXPECT_EQ(out["attributes"]["color"]["patients_of_several_groups"], 1);
}

TEST(GapComparisons, FindAGapThatGrew) {
  const auto fair = predictions({});
  const auto unfair = predictions({.separation_of_m = -0.2});
  auto options = few_replicates();
  options.margins["gap.auroc"] = 0.05;
  auto a = view_of(unfair);
  a.model = "a";
  const auto entries = gap_comparisons_json(a, view_of(fair), options);
  bool found = false;
  for (const auto& entry : entries) {
    if (entry["attribute"] != "sex" || entry["gap"] != "auroc") continue;
    found = true;
    EXPECT_GT(entry["ci_low"], 0.05);
    EXPECT_EQ(entry["verdict"], "worse");
    EXPECT_EQ(entry["margin"], 0.05);
  }
  EXPECT_TRUE(found);
  for (const auto& entry : gap_comparisons_json(view_of(fair), view_of(fair), options)) {
    EXPECT_EQ(entry["difference"], 0.0);
    EXPECT_EQ(entry["verdict"],
              entry["gap"] == "auroc" ? "non-inferior" : "inconclusive");
  }
}

TEST(DecisionCurveSection, HasFiftyPointsALabel) {
  const auto data = predictions({});
  const auto curve = decision_curve_json(view_of(data), few_replicates())["l0"];
  ASSERT_EQ(curve.size(), 50U);
  EXPECT_EQ(curve[0]["threshold"], 0.01);
  EXPECT_EQ(curve[49]["threshold"], 0.99);
  for (const auto& point : curve) {
    EXPECT_LE(point["ci_low"], point["model"]);
    EXPECT_GE(point["ci_high"], point["model"]);
  }
  const double positives = std::accumulate(data.labels.begin(), data.labels.end(), 0.0);
  EXPECT_NEAR(curve[0]["treat_all"],
              positives / 400 - (1 - positives / 400) * 0.01 / 0.99, 1e-12);
}

}  // namespace
}  // namespace medgraft::evaluation
