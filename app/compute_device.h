#pragma once

#include <atomic>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "progress.h"

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

}  // namespace medgraft::app
