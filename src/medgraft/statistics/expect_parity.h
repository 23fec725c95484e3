#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>

namespace medgraft::statistics {

/// In tests: expects a reference implementation's value, and records the figure's worst
/// absolute difference so far as a property of the test, from which
/// `tools/parity_table.py` makes the table of docs/metrics/parity.md.
/// @param figure  names it in that table.
inline void expect_parity(const std::string& figure, double got, double want,
                          double tolerance = 1e-9) {
  static std::map<std::string, double> worst;
  EXPECT_NEAR(got, want, tolerance) << figure;
  double& difference = worst[figure];
  difference = std::max(difference, std::abs(got - want));
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.1e", difference);
  ::testing::Test::RecordProperty("parity " + figure, digits);
}

}  // namespace medgraft::statistics
