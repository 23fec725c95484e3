#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>

#include "fuzz/targets.h"
#include "medgraft/base/atomic_file.h"

namespace medgraft::fuzz {

// How ctest shows a target; the default is its bytes, which differ by build.
void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

class FuzzCorpusTest : public testing::TestWithParam<Target> {};

// What fuzzing once found, or found a way with, stays answered in the ordinary build.
TEST_P(FuzzCorpusTest, IsReadOrRefused) {
  const auto folder = std::filesystem::path(MEDGRAFT_FUZZ_CORPUS) / GetParam().name;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    EXPECT_NO_THROW(GetParam().run(read_file(entry.path())));
    ++files;
  }
  EXPECT_GT(files, 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpusTest, testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace medgraft::fuzz
