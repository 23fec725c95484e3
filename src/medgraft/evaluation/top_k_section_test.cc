#include "medgraft/evaluation/top_k_section.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/statistics/expect_parity.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;

Predictions predictions_of(std::vector<double> labels,
                           std::vector<double> probabilities) {
  Predictions out;
  out.multiclass = true;
  for (size_t k = 0; k < probabilities.size() / labels.size(); ++k) {
    out.names.push_back(text("class", k));
  }
  out.cases.resize(labels.size());
  out.labels = std::move(labels);
  out.probabilities = std::move(probabilities);
  return out;
}

SplitView view_of(const Predictions& predictions) {
  SplitView view;
  view.predictions = &predictions;
  view.rows.resize(predictions.cases.size());
  std::iota(view.rows.begin(), view.rows.end(), int64_t{0});
  view.patient_index = view.rows;
  view.num_patients = view.num_cases();
  return view;
}

TEST(TopKSectionTest, MatchesScikitLearn) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/parity.json");
  const auto golden = json::parse(file)["multiclass"];
  const auto predictions = predictions_of(golden["labels"], golden["probabilities"]);
  const auto out = top_k_json(view_of(predictions), {});
  ASSERT_EQ(out.size(), 3u);
  for (const char* k : {"2", "3", "5"}) {
    statistics::expect_parity("top-k", out[k]["value"].get<double>(),
                              golden["top_k"][k].get<double>(), 1e-12);
    EXPECT_EQ(out[k]["method"], "wilson");
  }
}

TEST(TopKSectionTest, TheFirstOfEqualClassesComesFirst) {
  const auto predictions = predictions_of({0, 1, 2, 3}, std::vector<double>(16, 0.25));
  const auto out = top_k_json(view_of(predictions), {});
  EXPECT_EQ(out["2"]["value"], 0.5);
  EXPECT_EQ(out["3"]["value"], 0.75);
  EXPECT_FALSE(out.contains("5"));  // All of four classes are among five.
}

TEST(TopKSectionTest, UnknownLabelsAreLeftOut) {
  const double blank = std::numeric_limits<double>::quiet_NaN();
  const auto some = predictions_of({0, blank}, {0.2, 0.5, 0.3, 0.2, 0.5, 0.3});
  const auto one = top_k_json(view_of(some), {});
  EXPECT_EQ(one["2"]["value"], 0);
  EXPECT_EQ(one["2"]["n_cases"], 1);
  const auto none = predictions_of({blank}, {0.2, 0.5, 0.3});
  const auto undefined = top_k_json(view_of(none), {});
  EXPECT_TRUE(undefined["2"]["value"].is_null());
  EXPECT_EQ(undefined["2"]["reason"], "no labeled case");
}

TEST(TopKSectionTest, LabelsThatAreNoClassesHaveNone) {
  auto predictions = predictions_of({0, 1}, {0.2, 0.8});
  predictions.multiclass = false;
  EXPECT_TRUE(top_k_json(view_of(predictions), {}).empty());
}

}  // namespace
}  // namespace medgraft::evaluation
