#include "compute_device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <csignal>

#include "machine.h"
#include "medgraft/base/error.h"

namespace medgraft::app {
namespace {

std::atomic<int> stop_signal{0};

extern "C" void note_signal(int signal) { stop_signal.store(signal); }

}  // namespace

int prepare_device(const CommonOptions& options) {
  const auto& device = options.device;
  require(device == "auto" || device == "cpu" || device.starts_with("cuda"),
          "--device is ", device, "; accepted: auto, cpu, cuda, cuda:N");
  require(!device.starts_with("cuda") || at::hasCUDA(), "--device ", device,
          ": this build's LibTorch has no usable CUDA device; use --device cpu");
  require(!device.starts_with("cuda"), "--device ", device,
          ": training on a GPU is not part of this release; use --device cpu");

  keep_freed_pages();

  const int threads = options.num_threads();
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  return threads;
}

nlohmann::json describe_machine(int threads) {
  auto machine = describe_host();
  machine["instruction_set"] = at::get_cpu_capability();
  machine["device"] = "cpu";
  machine["threads"] = threads;
  return machine;
}

const std::atomic<int>& install_stop_signals() {
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    struct sigaction action {};
    action.sa_handler = note_signal;
    sigaction(signal, &action, nullptr);
  }
  return stop_signal;
}

int exit_code_of_signal(int signal) { return signal == SIGINT ? 130 : 75; }

bool has_fast_bf16() {
  const auto flags = cpu_field("flags") + " ";
  return flags.find(" avx512_bf16 ") != std::string::npos ||
         flags.find(" amx_bf16 ") != std::string::npos;
}

}  // namespace medgraft::app
