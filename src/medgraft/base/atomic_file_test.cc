#include "medgraft/base/atomic_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "medgraft/base/error.h"

namespace medgraft {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() / text("atomic_file_test_", getpid());
};

TEST_F(AtomicFileTest, ReplacesTheWholeFile) {
  write_file_atomically(folder_ / "a", "old and longer");
  write_file_atomically(folder_ / "a", "new");
  EXPECT_EQ(read_file(folder_ / "a"), "new");
}

TEST_F(AtomicFileTest, LeavesTheOldFileAndNoTraceUnlessCommitted) {
  write_file_atomically(folder_ / "a", "old");
  {
    AtomicFile file(folder_ / "a");
    file.write("half of the new");
  }
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(AtomicFileTest, OutputFolderIsNeverSilentlyOverwritten) {
  create_output_folder(folder_ / "new", false);
  create_output_folder(folder_ / "new", false);  // Empty: nothing to lose.
  write_file_atomically(folder_ / "new" / "a", "x");
  EXPECT_THROW(create_output_folder(folder_ / "new", false), UserError);
  EXPECT_NO_THROW(create_output_folder(folder_ / "new", true));
  EXPECT_THROW(create_output_folder(folder_ / "new" / "a", true), UserError);
}

TEST_F(AtomicFileTest, RefusesAFolderWhereAFileIsExpected) {
  EXPECT_THROW(read_file(folder_), UserError);
  EXPECT_THROW(write_file_atomically(folder_ / "missing" / "a", "x"), UserError);
}

}  // namespace
}  // namespace medgraft
