#include "medgraft/base/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft {
namespace {

class GzipTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/medgraft-gzip-XXXXXX";
    folder_ = mkdtemp(pattern);
    path_ = folder_ / "table.csv.gz";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void compress(const std::string& text, const char* mode) const {
    gzFile file = gzopen(path_.c_str(), mode);
    ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    gzclose(file);
  }

  std::filesystem::path folder_, path_;
};

TEST_F(GzipTest, InflatesMembersOneAfterAnother) {
  const std::string first(3'000'000, 'x');
  compress(first, "wb");
  compress("a,b\n1,2\n", "ab");
  EXPECT_EQ(read_file_inflated(path_), first + "a,b\n1,2\n");
}

TEST_F(GzipTest, ReadsPlainTextAsItIs) {
  write_file_atomically(path_, "a,b\n");
  EXPECT_EQ(read_file_inflated(path_), "a,b\n");
}

TEST_F(GzipTest, RefusesWhatIsCutOffDamagedOrTooLong) {
  compress(std::string(1'000'000, 'x'), "wb");
  const auto whole = read_file(path_);
  EXPECT_THROW(read_file_inflated(path_, 999'999), UserError);
  for (const size_t length :
       {size_t{2}, size_t{11}, whole.size() / 2, whole.size() - 1}) {
    write_file_atomically(path_, whole.substr(0, length));
    EXPECT_THROW(read_file_inflated(path_), UserError) << length;
  }
  auto damaged = whole;
  damaged[whole.size() / 2] ^= 0x55;
  write_file_atomically(path_, damaged);
  EXPECT_THROW(read_file_inflated(path_), UserError);
}

}  // namespace
}  // namespace medgraft
