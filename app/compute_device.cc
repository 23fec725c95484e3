#include "compute_device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/time.h"

namespace medgraft::app {
namespace {

std::atomic<int> stop_signal{0};

extern "C" void note_signal(int signal) { stop_signal.store(signal); }

// The first line of /proc/cpuinfo that begins with `key`, after its colon; or empty.
std::string cpu_field(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return line.substr(colon + 1);
  }
  return "";
}

std::string cpu_model() {
  const auto name = cpu_field("model name");
  return name.size() > 1 ? name.substr(1) : "unknown";
}

}  // namespace

int prepare_device(const CommonOptions& options) {
  const auto& device = options.device;
  require(device == "auto" || device == "cpu" || device.starts_with("cuda"),
          "--device is ", device, "; accepted: auto, cpu, cuda, cuda:N");
  require(!device.starts_with("cuda") || at::hasCUDA(), "--device ", device,
          ": this build's LibTorch has no usable CUDA device; use --device cpu");
  require(!device.starts_with("cuda"), "--device ", device,
          ": training on a GPU is not part of this release; use --device cpu");

  // glibc maps every block over 32 MB anew and returns it at once; keeping pages saves
  // the page faults of each step's activations.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2 << 30);
  mallopt(M_TOP_PAD, 64 << 20);

  const int cores = std::max(1U, std::thread::hardware_concurrency());
  const int threads = options.threads > 0 ? options.threads : cores;
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  return threads;
}

nlohmann::json describe_machine(int threads) {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  return {{"cpu", cpu_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", pages * sysconf(_SC_PAGE_SIZE)},
          {"instruction_set", at::get_cpu_capability()},
          {"device", "cpu"},
          {"threads", threads}};
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
