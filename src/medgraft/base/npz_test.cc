#include "medgraft/base/npz.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft {
namespace {

class NpzTest : public ::testing::Test {
 protected:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / text("npz_test_", getpid(), ".npz");
  void TearDown() override { std::filesystem::remove(path_); }

  void write_example() {
    write_npz(path_, {{"a/kernel", "<f4", {3, 2}, std::as_bytes(std::span(values_))}});
  }
  std::vector<float> values_ = {0, 1, 2, 3, 4, 5};
};

TEST_F(NpzTest, WrittenArraysReadBackTheSame) {
  write_example();
  const NpzReader reader(path_);
  EXPECT_EQ(reader.header("a/kernel").shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(reader.header("a/kernel").dtype, "<f4");
  const auto bytes = reader.read("a/kernel");
  EXPECT_EQ(std::memcmp(bytes.data(), values_.data(), bytes.size()), 0);
  const auto row = reader.read_rows("a/kernel", 1, 1);
  ASSERT_EQ(row.size(), 8u);
  EXPECT_EQ(std::memcmp(row.data(), values_.data() + 2, 8), 0);
}

TEST_F(NpzTest, RefusesRowsAndArraysThatAreNotThere) {
  write_example();
  const NpzReader reader(path_);
  EXPECT_THROW(reader.read_rows("a/kernel", 3, 1), UserError);
  EXPECT_THROW(reader.read_rows("a/kernel", -1, 1), UserError);
  EXPECT_THROW(reader.read("b"), UserError);
}

TEST_F(NpzTest, RefusesWhatIsNotAnArchive) {
  EXPECT_THROW(NpzReader{path_}, UserError);
  write_file_atomically(path_, "not a zip");
  EXPECT_THROW(NpzReader{path_}, UserError);
}

// Replaces `from`, wherever it stands, by as many bytes.
void replace_all(std::string& content, const std::string& from, const std::string& to) {
  ASSERT_EQ(from.size(), to.size());
  ASSERT_NE(content.find(from), std::string::npos);
  for (auto at = content.find(from); at != std::string::npos; at = content.find(from)) {
    content.replace(at, from.size(), to);
  }
}

TEST_F(NpzTest, RefusesSizesThatTheFileCannotHold) {
  const std::string shape = "'shape': (3, 2), }";
  for (const std::string claim : {"(4294967296, 4294967296)", "(1073741728,)",
                                  "(281474976710656,)", "(-1, -6)", "(1e3,)"}) {
    write_example();
    auto content = read_file(path_);
    const std::string padded = text("'shape': ", claim, ", }");
    replace_all(content, shape + std::string(padded.size() - shape.size(), ' '), padded);
    std::ofstream(path_, std::ios::binary) << content;
    EXPECT_THROW(NpzReader{path_}, UserError) << claim;
    // As before, and the archive claims 4 GiB too, packed in next to nothing or not.
    const std::string small("\x98\0\0\0", 4), big("\0\xFF\xFF\xFF", 4);
    for (const auto& [from, to] :
         {std::pair{small + small, small + big}, std::pair{small + small, big + big}}) {
      auto larger = content;
      replace_all(larger, from, to);
      std::ofstream(path_, std::ios::binary) << larger;
      EXPECT_THROW(NpzReader{path_}, UserError) << claim;
    }
  }
}

TEST_F(NpzTest, EveryTruncationIsRefusedOrReadsTheSame) {
  write_example();
  const auto content = read_file(path_);
  for (size_t size = 0; size < content.size(); ++size) {
    std::ofstream(path_, std::ios::binary) << content.substr(0, size);
    EXPECT_THROW(NpzReader{path_}, UserError) << size;
  }
}

TEST_F(NpzTest, EveryFlippedByteOfTheArrayIsHarmless) {
  write_example();
  const auto content = read_file(path_);
  for (size_t i = 0; i < content.size(); ++i) {
    auto damaged = content;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    std::ofstream(path_, std::ios::binary) << damaged;
    try {
      const NpzReader reader(path_);
      for (const auto& [name, header] : reader.arrays()) {
        EXPECT_EQ(reader.read(name).size(), static_cast<size_t>(header.num_bytes()));
      }
    } catch (const UserError&) {
    }
  }
}

}  // namespace
}  // namespace medgraft
