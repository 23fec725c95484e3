#include "medgraft/statistics/net_benefit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "medgraft/statistics/expect_parity.h"

namespace medgraft::statistics {
namespace {

// Against dcurves on its published example: tests/goldens/decision_curve.py.
TEST(DecisionCurve, MatchesDcurves) {
  std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/decision_curve.json");
  const auto golden = nlohmann::json::parse(file);
  const auto thresholds = golden["thresholds"].get<std::vector<double>>();
  const DecisionCurve curve(golden["p"].get<std::vector<double>>(),
                            golden["y"].get<std::vector<double>>(), thresholds);
  std::vector<double> model(thresholds.size());
  curve.net_benefit({}, model);
  for (size_t t = 0; t < thresholds.size(); ++t) {
    expect_parity("net benefit", model[t], golden["model"][t].get<double>(), 1e-9);
    expect_parity("net benefit", model[t], golden["closed_form"][t].get<double>(), 1e-9);
    expect_parity("net benefit", curve.treat_all()[t],
                  golden["treat_all"][t].get<double>(), 1e-9);
  }
}

TEST(DecisionCurve, CountsAProbabilityAtTheThreshold) {
  const DecisionCurve curve(std::vector<double>{0.2, 0.5, 0.1},
                            std::vector<double>{1, 0, 1}, {0.2, 0.5});
  std::vector<double> out(2);
  curve.net_benefit({}, out);
  EXPECT_DOUBLE_EQ(out[0], (1 - 0.25) / 3);
  EXPECT_DOUBLE_EQ(out[1], -1.0 / 3);
}

TEST(DecisionCurve, WeightsStandForRepeatedCases) {
  const DecisionCurve curve(std::vector<double>{0.2, 0.5}, std::vector<double>{1, 0},
                            {0.2});
  const DecisionCurve repeated(std::vector<double>{0.2, 0.2, 0.5},
                               std::vector<double>{1, 1, 0}, {0.2});
  std::vector<double> a(1), b(1);
  curve.net_benefit(std::vector<double>{2, 1}, a);
  repeated.net_benefit({}, b);
  EXPECT_DOUBLE_EQ(a[0], b[0]);
  curve.net_benefit(std::vector<double>{0, 0}, a);
  EXPECT_TRUE(std::isnan(a[0]));
}

}  // namespace
}  // namespace medgraft::statistics
