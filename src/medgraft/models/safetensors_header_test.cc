#include "medgraft/models/safetensors_header.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

std::string file_of(const std::string& header, const std::string& data,
                    uint64_t claimed = 0) {
  const uint64_t length = claimed ? claimed : header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header +
         data;
}

std::string entry(const std::string& name, const std::string& shape,
                  const std::string& offsets) {
  return text("\"", name, R"(":{"dtype":"F32","shape":[)", shape, R"(],"data_offsets":[)",
              offsets, "]}");
}

std::string refusal(const std::string& content) {
  try {
    parse_safetensors(content, "x.safetensors");
  } catch (const UserError& error) {
    return error.what();
  }
  return "read";
}

TEST(SafetensorsHeaderTest, FindsEveryTensor) {
  const auto content =
      file_of(text("{", R"("__metadata__":{"a":"b"},)", entry("y", "", "8,12"), ",",
                   entry("x", "2,1", "0,8"), "}"),
              "abcdefghijkl");
  const auto header = parse_safetensors(content, "x.safetensors");
  EXPECT_EQ(header.metadata.at("a"), "b");
  EXPECT_EQ(header.tensors.at("x").shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(header.tensors.at("x").bytes, "abcdefgh");
  EXPECT_EQ(header.tensors.at("y").bytes, "ijkl");
}

TEST(SafetensorsHeaderTest, RefusesWhatDoesNotFitTheFile) {
  const auto one = [](const std::string& shape, const std::string& offsets) {
    return file_of(text("{", entry("x", shape, offsets), "}"), "abcd");
  };
  const std::pair<std::string, const char*> cases[] = {
      {"1234567", "too short"},
      {file_of("{}", "", 3), "asks for 3 bytes"},
      {file_of("{}", "", ~uint64_t{0}), "ends early"},
      {file_of("[]", ""), "not a JSON object"},
      {one("1", "4,8"), "asks for 4 bytes at 4 to 8 of 4"},
      {one("1", "4,0"), "asks for"},
      {one("2", "0,4"), "asks for 8 bytes"},
      {one("-1", "0,4"), "not a list of sizes"},
      {one("1.5", "0,4"), "not a list of sizes"},
      {one("4294967296,4294967296", "0,4"), "too large"},
      {one("4611686018427387905", "0,4"), "too large"},
      {one("1", "0,18446744073709551615"), "asks for"},
      {file_of(text("{", entry("x", "1", "0,4"), ",", entry("y", "1", "0,4"), "}"),
               "abcd"),
       "overlap"},
      {file_of(text("{", entry("x", "1", "4,8"), "}"), "abcdefgh"), "hole"},
      {file_of(text("{", entry("x", "1", "0,4"), "}"), "abcdefgh"), "fill 4"},
  };
  for (const auto& [content, reason] : cases) {
    EXPECT_NE(refusal(content).find(reason), std::string::npos) << refusal(content);
  }
}

TEST(SafetensorsHeaderTest, RefusesDeepNestingWithoutRecursion) {
  EXPECT_NE(refusal(file_of(std::string(4000000, '['), "")), "read");
  std::string deep;
  for (int i = 0; i < 400000; ++i) deep += "{\"a\":";
  EXPECT_NE(refusal(file_of(deep + "1" + std::string(400000, '}'), "")), "read");
}

}  // namespace
}  // namespace medgraft::models
