#pragma once

#include <cstdint>
#include <string>

namespace medgraft::app {

/// A bar on a terminal, a line now and then elsewhere, nothing where quiet.
class Progress {
 public:
  Progress(std::string what, int64_t total, bool quiet);
  ~Progress();
  void update(int64_t done, const std::string& note);

 private:
  std::string what_;
  int64_t total_;
  bool quiet_, is_terminal_, shown_ = false;
  double started_, last_ = 0;
  int64_t first_ = -1;
};

}  // namespace medgraft::app
