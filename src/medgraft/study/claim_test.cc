#include "medgraft/study/claim.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "medgraft/base/error.h"

namespace medgraft::study {
namespace {

namespace fs = std::filesystem;

class ClaimTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              text("claim_", getpid(), "_",
                   testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_claim(const std::string& name, const std::string& host,
                   ProcessName process) {
    std::ofstream(folder_ / name) << nlohmann::json{
        {"host", host},
        {"scheduler", {{"pid", process.pid}, {"start_ticks", process.start_ticks}}},
        {"worker", {{"pid", 0}, {"start_ticks", 0}}}};
  }

  // A process that has ended and been waited for.
  static ProcessName dead_process() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    const auto name = process_named(child);
    waitpid(child, nullptr, 0);
    return name;
  }

  fs::path folder_;
  ClaimOptions options_{"here", 150};
};

TEST_F(ClaimTest, IsExclusiveUntilReleased) {
  auto first = Claim::acquire(folder_, "run", options_);
  ASSERT_TRUE(first);
  EXPECT_FALSE(Claim::acquire(folder_, "run", options_));
  EXPECT_TRUE(is_claimed(folder_, "run", options_));
  EXPECT_TRUE(Claim::acquire(folder_, "other", options_));
  EXPECT_TRUE(first->renew());
  first->release();
  EXPECT_FALSE(is_claimed(folder_, "run", options_));
  EXPECT_TRUE(Claim::acquire(folder_, "run", options_));
}

TEST_F(ClaimTest, TakesOverFromADeadProcessAtOnce) {
  write_claim("run.1", "here", dead_process());
  EXPECT_FALSE(is_claimed(folder_, "run", options_));
  const auto claim = Claim::acquire(folder_, "run", options_);
  ASSERT_TRUE(claim);
  EXPECT_FALSE(fs::exists(folder_ / "run.1"));
  EXPECT_TRUE(fs::exists(folder_ / "run.2"));
}

TEST_F(ClaimTest, TellsAReusedProcessNumberApart) {
  auto reused = this_process();
  ASSERT_GT(reused.start_ticks, 0u);
  reused.start_ticks -= 1;
  write_claim("run.1", "here", reused);
  EXPECT_FALSE(is_claimed(folder_, "run", options_));
}

TEST_F(ClaimTest, HoldsWhileAWorkerOutlivesItsScheduler) {
  const auto dead = dead_process();
  const auto alive = this_process();
  std::ofstream(folder_ / "run.1") << nlohmann::json{
      {"host", "here"},
      {"scheduler", {{"pid", dead.pid}, {"start_ticks", dead.start_ticks}}},
      {"worker", {{"pid", alive.pid}, {"start_ticks", alive.start_ticks}}}};
  EXPECT_TRUE(is_claimed(folder_, "run", options_));
}

TEST_F(ClaimTest, BelievesAnotherHostForAsLongAsItsHeartIsHeard) {
  write_claim("run.1", "there", dead_process());
  EXPECT_TRUE(is_claimed(folder_, "run", options_));
  fs::last_write_time(folder_ / "run.1",
                      fs::file_time_type::clock::now() - std::chrono::seconds(200));
  EXPECT_FALSE(is_claimed(folder_, "run", options_));
  EXPECT_TRUE(Claim::acquire(folder_, "run", options_));
}

TEST_F(ClaimTest, NoticesThatItWasTakenOver) {
  const auto claim = Claim::acquire(folder_, "run", options_);
  ASSERT_TRUE(claim);
  write_claim("run.2", "there", dead_process());
  EXPECT_FALSE(claim->renew());
}

TEST_F(ClaimTest, LeavesNothingOfAProcessThatWasKilledWhileWriting) {
  write_claim("run.1", "here", dead_process());
  std::ofstream(folder_ / "run.1.4711.tmp") << "{";
  std::ofstream(folder_ / "runner.1.4711.tmp") << "{";
  remove_stale_claims(folder_, "run", options_);
  EXPECT_FALSE(fs::exists(folder_ / "run.1"));
  EXPECT_FALSE(fs::exists(folder_ / "run.1.4711.tmp"));
  EXPECT_TRUE(fs::exists(folder_ / "runner.1.4711.tmp"));
  // What a live claim writes is its own.
  const auto claim = Claim::acquire(folder_, "run", options_);
  std::ofstream(folder_ / "run.1.4712.tmp") << "{";
  remove_stale_claims(folder_, "run", options_);
  EXPECT_TRUE(fs::exists(folder_ / "run.1.4712.tmp"));
}

TEST_F(ClaimTest, TreatsAForeignFileAsStale) {
  std::ofstream(folder_ / "run.1") << "{\"host\": 3";
  EXPECT_TRUE(Claim::acquire(folder_, "run", options_));
}

TEST_F(ClaimTest, GivesAStaleRunToOneOfManyProcesses) {
  write_claim("run.1", "here", dead_process());
  std::vector<pid_t> children;
  for (int i = 0; i < 16; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const bool mine = Claim::acquire(folder_, "run", options_).has_value();
      usleep(300'000);  // All try while the winner lives.
      _exit(mine ? 1 : 0);
    }
    children.push_back(child);
  }
  int winners = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    winners += WEXITSTATUS(status);
  }
  EXPECT_EQ(winners, 1);
}

}  // namespace
}  // namespace medgraft::study
