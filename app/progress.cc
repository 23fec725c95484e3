#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "medgraft/base/number.h"
#include "medgraft/base/time.h"

namespace medgraft::app {

Progress::Progress(std::string what, int64_t total, bool quiet)
    : what_(std::move(what)),
      total_(total),
      quiet_(quiet),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      started_(monotonic_seconds()) {}

Progress::~Progress() {
  if (shown_ && is_terminal_) std::fputc('\n', stderr);
}

void Progress::update(int64_t done, const std::string& note) {
  constexpr double kTerminalSeconds = 0.2;
  constexpr double kLogSeconds = 10;
  if (quiet_) return;
  if (first_ < 0) first_ = done - 1;
  const double now = monotonic_seconds();
  if (done < total_ && now - last_ < (is_terminal_ ? kTerminalSeconds : kLogSeconds))
    return;
  last_ = now;
  shown_ = true;
  const double each =
      (now - started_) / static_cast<double>(std::max<int64_t>(1, done - first_));
  const double left = each * static_cast<double>(total_ - done);
  std::fprintf(stderr, "%s%s %lld/%lld  %s  ETA %s s%s", is_terminal_ ? "\r\033[K" : "",
               what_.c_str(), static_cast<long long>(done),
               static_cast<long long>(total_), note.c_str(),
               format_fixed(left, 0).c_str(), is_terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace medgraft::app
