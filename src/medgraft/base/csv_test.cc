#include "medgraft/base/csv.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "medgraft/base/error.h"

namespace medgraft {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_all(const std::string& content) {
  CsvReader reader(content, "test.csv");
  Rows rows;
  std::vector<std::string> row;
  while (reader.next(row)) rows.push_back(row);
  return rows;
}

TEST(CsvTest, ReadsQuotesCommasAndLineBreaksInsideFields) {
  EXPECT_EQ(read_all("a,\"b,\"\"c\"\"\nd\",\n1,2,3\n"),
            (Rows{{"a", "b,\"c\"\nd", ""}, {"1", "2", "3"}}));
}

TEST(CsvTest, EveryLineEndingAndAByteOrderMarkRead) {
  const Rows want{{"a", "b"}, {"1", ""}};
  EXPECT_EQ(read_all("a,b\n1,\n"), want);
  EXPECT_EQ(read_all("a,b\r\n1,\r\n"), want);
  EXPECT_EQ(read_all("a,b\r1,"), want);
  EXPECT_EQ(read_all("\xef\xbb\xbf"
                     "a,b\n\n1,"),
            want);
}

TEST(CsvTest, FieldsWithoutACopyAreTheSame) {
  const std::string content = "a,\"b\"\"\",\"c\nd\"e,\n\"\",x\r\n\"q\"";
  CsvReader copies(content, "t.csv"), views(content, "t.csv");
  std::vector<std::string> want;
  std::vector<std::string_view> got;
  while (copies.next(want)) {
    ASSERT_TRUE(views.next(got));
    EXPECT_EQ(std::vector<std::string>(got.begin(), got.end()), want);
    EXPECT_EQ(views.line(), copies.line());
  }
  EXPECT_FALSE(views.next(got));
}

TEST(CsvTest, CountsLinesThroughQuotedBreaks) {
  CsvReader reader("a\n\"x\ny\"\nz\n", "test.csv");
  std::vector<std::string> row;
  for (const int64_t line : {1, 2, 4}) {
    ASSERT_TRUE(reader.next(row));
    EXPECT_EQ(reader.line(), line);
  }
  EXPECT_FALSE(reader.next(row));
}

TEST(CsvTest, RefusesAnUnclosedQuote) { EXPECT_THROW(read_all("a\n\"b\n"), UserError); }

TEST(CsvTest, HeaderRefusesRepeatsAndSuggestsTheNearest) {
  EXPECT_THROW(CsvHeader({"a", "a"}, "t.csv"), UserError);
  const CsvHeader header({"image", "patient"}, "t.csv");
  EXPECT_EQ(header.at("patient"), 1u);
  try {
    header.at("patiant");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean \"patient\""),
              std::string::npos);
  }
}

TEST(CsvTest, ColumnsOfAVeryWideHeaderAreFoundAtOnce) {
  std::string line;
  for (int i = 0; i < 300000; ++i) line += text("label:", i, ",");
  std::vector<std::string> names;
  ASSERT_TRUE(CsvReader(line + "end\n1,2\n", "t.csv").next(names));
  const CsvHeader header(names, "t.csv");
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < names.size(); ++i) ASSERT_EQ(header.at(names[i]), i);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(CsvTest, WrittenRowsReadBackTheSame) {
  CsvWriter writer;
  writer.field("")
      .field("a,b")
      .field("say \"hi\"\n")
      .field(0.1)
      .field(std::numeric_limits<double>::quiet_NaN());
  writer.end_row();
  EXPECT_EQ(read_all(writer.text()), (Rows{{"", "a,b", "say \"hi\"\n", "0.1", ""}}));
}

}  // namespace
}  // namespace medgraft
