#include "medgraft/evaluation/paired_permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/statistics/expect_parity.h"
#include "medgraft/statistics/permutation.h"

namespace medgraft::evaluation {
namespace {

// Against all 1,024 exchanges by brute force: tests/goldens/intervals.py.
class PairedPermutationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(MEDGRAFT_TEST_DATA) + "/statistics/intervals.json");
    golden_ = nlohmann::json::parse(file).at("permutation");
    for (const char* name : {"a", "b"}) {
      auto& predictions = predictions_.emplace_back();
      predictions.names = {"sick"};
      predictions.labels = golden_.at("labels").get<std::vector<double>>();
      predictions.probabilities = golden_.at(name).get<std::vector<double>>();
    }
  }

  SplitView view(size_t model, double threshold = 0.5) const {
    SplitView out;
    out.predictions = &predictions_[model];
    out.patient_index = golden_.at("patients").get<std::vector<int64_t>>();
    out.rows.resize(out.patient_index.size());
    std::iota(out.rows.begin(), out.rows.end(), int64_t{0});
    out.num_patients = 10;
    out.thresholds = {threshold};
    return out;
  }

  // p by each of the 2^10 exchanges.
  double exact_p(const PairedPermutation& pair, Metric metric) const {
    const double observed = std::abs(pair.difference(metric, std::vector<double>(10, 0)));
    double extreme = 0;
    for (unsigned bits = 0; bits < 1024; ++bits) {
      std::vector<double> coins(10);
      for (size_t i = 0; i < 10; ++i) coins[i] = (bits >> i) & 1;
      extreme += std::abs(pair.difference(metric, coins)) >= observed - 1e-12;
    }
    return extreme / 1024;
  }

  nlohmann::json golden_;
  std::vector<Predictions> predictions_;
};

TEST_F(PairedPermutationTest, ExchangesRanksForAurocAndProbabilitiesForBrier) {
  const PairedPermutation pair(view(0), view(1), all_metrics());
  statistics::expect_parity("permutation p", exact_p(pair, Metric::kAuroc),
                            golden_.at("p_auroc").get<double>(), 1e-9);
  statistics::expect_parity("permutation p", exact_p(pair, Metric::kBrier),
                            golden_.at("p_brier").get<double>(), 1e-9);
}

TEST_F(PairedPermutationTest, RandomExchangesApproachTheExactP) {
  const PairedPermutation pair(view(0), view(1), all_metrics());
  const auto values = pair.differences(20000, 1, 2)[0];
  const double observed = pair.difference(Metric::kAuroc, std::vector<double>(10, 0));
  const double exact = golden_.at("p_auroc").get<double>();
  EXPECT_NEAR(statistics::permutation_p(observed, values), exact,
              3 * std::sqrt(exact * (1 - exact) / 20000));
}

TEST_F(PairedPermutationTest, WithoutExchangeItIsTheModelsDifference) {
  const auto a = view(0, 0.35), b = view(1, 0.055);
  const PairedPermutation pair(a, b, all_metrics());
  const Scorer scorer_a(predictions_[0], a.rows, a.patient_index, a.thresholds);
  const Scorer scorer_b(predictions_[1], b.rows, b.patient_index, b.thresholds);
  for (const auto metric : all_metrics()) {
    SCOPED_TRACE(name_of(metric));
    const double want = scorer_a.score(metric, {}) - scorer_b.score(metric, {});
    EXPECT_NEAR(pair.difference(metric, std::vector<double>(10, 0)), want, 1e-12);
    EXPECT_NEAR(pair.difference(metric, std::vector<double>(10, 1)), -want, 1e-12);
  }
}

TEST_F(PairedPermutationTest, ManyAtATimeAreAsDefined) {
  const PairedPermutation pair(view(0, 0.35), view(1, 0.055), all_metrics());
  const auto values = pair.differences(40, 7, 2);
  for (size_t r = 0; r < 40; ++r) {
    std::vector<uint16_t> exchanges(10);
    statistics::draw_exchanges(7, static_cast<int64_t>(r), exchanges);
    const std::vector<double> coins(exchanges.begin(), exchanges.end());
    for (size_t m = 0; m < all_metrics().size(); ++m) {
      SCOPED_TRACE(name_of(all_metrics()[m]));
      const double want = pair.difference(all_metrics()[m], coins);
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(values[m][r]));
      } else {
        EXPECT_NEAR(values[m][r], want, 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace medgraft::evaluation
