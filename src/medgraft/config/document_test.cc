#include "medgraft/config/document.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft::config {
namespace {

std::string repeated(const std::string& piece, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string refusal(const std::string& content) {
  try {
    parse_toml(content, "hostile.toml", "");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(DocumentTest, RefusesNestingThatWouldExhaustTheStack) {
  const auto parts = repeated("a.", 100000) + "a";
  const std::string expected = "nested";
  for (const auto& content :
       {parts + " = 1\n", text("[", parts, "]\n"), text("[[", parts, "]]\n"),
        text("b = {", parts, " = 1}\n"), repeated("\"a\" . ", 100000) + "a = 1\n",
        "a = \"\"\"x\"\"\"\"\n" + parts + " = 1\n", "a = " + repeated("[", 100000),
        "a = " + repeated("{a = ", 100000),
        // Below the limit of a key, again and again.
        "a = " + repeated(text("{", repeated("a.", 15), "a = "), 200) + "1" +
            repeated("}", 200)}) {
    SCOPED_TRACE(content.substr(0, 40));
    EXPECT_NE(refusal(content).find(expected), std::string::npos) << refusal(content);
  }
}

TEST(DocumentTest, ReadsDotsThatNestNothing) {
  const auto dots = repeated("x.", 1000);
  for (const auto& content :
       {text("a = \"", dots, "\"\n"), text("a = '", dots, "'\n"),
        text("# ", dots, "\na = 1\n"), "a = \"\"\"\n" + dots + "\"\n\"\"\"\n",
        "a = '''" + dots + "'''\n", "a = \"\\\"" + dots + "\"\n",
        "a = [" + repeated("1.5, ", 1000) + "]\n"}) {
    SCOPED_TRACE(content.substr(0, 40));
    EXPECT_EQ(refusal(content), "");
  }
}

TEST(DocumentTest, RefusesAFileThatIsNoConfiguration) {
  EXPECT_NE(refusal(std::string(size_t{1} << 25, '\n')).find("bytes"), std::string::npos);
  // Each place is known by its whole path: a long name with many children adds up.
  const auto table = text("[", std::string(1 << 20, 'a'), "]\n");
  std::string keys;
  for (int i = 0; i < 1000; ++i) keys += text("k", i, " = 1\n");
  EXPECT_NE(refusal(table + keys).find("names"), std::string::npos);
}

}  // namespace
}  // namespace medgraft::config
