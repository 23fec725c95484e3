#pragma once

#include <atomic>
#include <nlohmann/json.hpp>

#include "command_line.h"

namespace medgraft::app {

/// Fixes threads and determinism for the process, and refuses a device that is not here.
/// @return the number of threads in use.
int prepare_device(const CommonOptions& options);

/// The machine, for run.json.
nlohmann::json describe_machine(int threads);

/// Raised to the signal's number by SIGTERM, SIGUSR1 and SIGINT once installed.
const std::atomic<int>& install_stop_signals();

/// @return 130 after SIGINT, else 75: pre-empted, run the same command again.
int exit_code_of_signal(int signal);

/// Whether the CPU multiplies bfloat16 in hardware; without, it is slower than float32.
bool has_fast_bf16();

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
