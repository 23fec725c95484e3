#include "medgraft/base/nearest.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace medgraft
