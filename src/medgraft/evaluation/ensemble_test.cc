#include "medgraft/evaluation/ensemble.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

Model model(const std::string& name, std::vector<std::string> cases,
            std::vector<double> labels, std::vector<double> probabilities) {
  Model out;
  out.name = name;
  out.predictions.names = {"sick"};
  out.predictions.cases = std::move(cases);
  out.predictions.patients = out.predictions.cases;
  out.predictions.splits = {"val", "test", "test", "ood-x"};
  out.predictions.labels = std::move(labels);
  out.predictions.probabilities = std::move(probabilities);
  out.predictions.logits = {1, 2, 3, 4};
  return out;
}

TEST(EnsembleTest, AveragesProbabilitiesCaseByCase) {
  const auto a = model("a", {"v", "x", "y", "o"}, {0, 1, 0, 1}, {0.1, 0.2, 0.3, 0.4});
  const auto b = model("b", {"v", "y", "x", "o"}, {0, 0, 1, 1}, {0.3, 0.5, 0.8, 0.2});
  const auto both = make_ensemble("both", {&a, &b});
  const std::vector<double> want = {0.2, 0.5, 0.4, 0.3};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(both.predictions.probabilities[i], want[i]);
  }
  EXPECT_EQ(both.predictions.cases, a.predictions.cases);
  EXPECT_TRUE(both.predictions.logits.empty());  // None would give these probabilities.
}

TEST(EnsembleTest, RefusesOtherCasesLabelsOrSplits) {
  const auto a = model("a", {"v", "x", "y", "o"}, {0, 1, 0, 1}, {0.1, 0.2, 0.3, 0.4});
  auto other = model("b", {"v", "x", "z", "o"}, {0, 1, 0, 1}, {0.1, 0.2, 0.3, 0.4});
  EXPECT_THROW(make_ensemble("both", {&a, &other}), UserError);
  other = a;
  other.predictions.labels[1] = 0;
  EXPECT_THROW(make_ensemble("both", {&a, &other}), UserError);
  other = a;
  other.predictions.splits[3] = "ood-y";
  EXPECT_THROW(make_ensemble("both", {&a, &other}), UserError);
}

}  // namespace
}  // namespace medgraft::evaluation
