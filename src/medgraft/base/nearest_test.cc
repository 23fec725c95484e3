#include "medgraft/base/nearest.h"

#include <gtest/gtest.h>

#include <chrono>

namespace medgraft {
namespace {

TEST(NearestTest, SuggestsACloseNameAndListsOtherwise) {
  const std::vector<std::string> known = {"steps", "lr", "batch"};
  EXPECT_EQ(hint("stpes", known), "; did you mean \"steps\"?");
  EXPECT_EQ(hint("qqqqqqqq", known), "; known: steps, lr, batch");
  EXPECT_EQ(hint("x", {}), "");
}

TEST(NearestTest, CutsALongList) {
  const std::string list =
      hint("qqqqqqqqqq", std::vector<std::string>(200, "wwwwwwwwwwwwwwwww"));
  EXPECT_LT(list.size(), 300u);
  EXPECT_TRUE(list.ends_with("..."));
}

TEST(NearestTest, DoesNotCompareWhatCannotBeClose) {
  const std::string endless(1000000, 'x');
  const std::vector<std::string> known(2, endless);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(hint("patient", known), "; known: ...");
  EXPECT_EQ(hint(endless + "y", known), "; known: ...");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace medgraft
