#include "medgraft/base/number.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medgraft {
namespace {

TEST(NumberTest, ShortestTextParsesBack) {
  for (const double value : {0.1, 1e-300, 3.0, -2.5e17, 1.0 / 3}) {
    EXPECT_EQ(parse_double(format_number(value)), value);
  }
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(std::nan("")), "nan");
}

TEST(NumberTest, DigitsAreAsPrintf) {
  EXPECT_EQ(format_number(1.0 / 3, 9), "0.333333333");
  EXPECT_EQ(format_fixed(2.0 / 3, 2), "0.67");
}

TEST(NumberTest, RefusesAnythingButOneWholeNumber) {
  for (const char* text : {"", "1x", " 1", "1,5", "+", "--1"}) {
    EXPECT_FALSE(parse_double(text)) << text;
  }
  EXPECT_EQ(parse_integer("+12"), 12);
  EXPECT_FALSE(parse_integer("1.5"));
}

}  // namespace
}  // namespace medgraft
