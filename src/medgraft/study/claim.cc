#include "medgraft/study/claim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

fs::path claim_file(const fs::path& folder, const std::string& id, int64_t number) {
  return folder / text(id, ".", number);
}

// The numbers N of the files ID.N.
std::vector<int64_t> claim_numbers(const fs::path& folder, const std::string& id) {
  std::vector<int64_t> numbers;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(id + ".")) continue;
    const auto number = parse_integer(name.substr(id.size() + 1));
    if (number && *number > 0) numbers.push_back(*number);
  }
  return numbers;
}

// 0 where there is none.
int64_t highest_claim(const fs::path& folder, const std::string& id) {
  int64_t highest = 0;
  for (const int64_t number : claim_numbers(folder, id))
    highest = std::max(highest, number);
  return highest;
}

double modified_seconds(const fs::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return 0;
  return static_cast<double>(info.st_mtim.tv_sec) +
         1e-9 * static_cast<double>(info.st_mtim.tv_nsec);
}

// The present by the clock of the folder's own file server, which heartbeats also show:
// clocks of two hosts may differ by more than a claim lives.
double folder_clock(const fs::path& folder) {
  const auto probe = folder / text(".clock.", getpid());
  const int descriptor =
      open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return 0;
  close(descriptor);
  const double now = modified_seconds(probe);
  unlink(probe.c_str());
  return now;
}

ProcessName process_of(const json& values, const char* key) {
  const auto found = values.find(key);
  if (found == values.end() || !found->is_object()) return {};
  return {found->value("pid", pid_t{0}), found->value("start_ticks", uint64_t{0})};
}

struct Holder {
  std::string host;
  ProcessName scheduler, worker;
};

// Nothing where the file is gone or not a claim.
std::optional<Holder> read_holder(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) return std::nullopt;
  const auto values = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!values.is_object()) return std::nullopt;
  try {
    return Holder{values.value("host", ""), process_of(values, "scheduler"),
                  process_of(values, "worker")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

bool is_live(const fs::path& folder, const fs::path& file, const ClaimOptions& options) {
  const auto holder = read_holder(file);
  if (!holder) return false;
  if (holder->host == options.host) {
    return is_alive(holder->scheduler) || is_alive(holder->worker);
  }
  return folder_clock(folder) - modified_seconds(file) < options.stale_seconds;
}

json to_json(const ProcessName& process) {
  return {{"pid", process.pid}, {"start_ticks", process.start_ticks}};
}

}  // namespace

ProcessName this_process() { return process_named(getpid()); }

ProcessName process_named(pid_t pid) {
  // Field 22; the second, the program's name in parentheses, may hold spaces.
  std::ifstream stream(text("/proc/", pid, "/stat"));
  std::string line;
  std::getline(stream, line);
  const auto end = line.rfind(')');
  if (end == std::string::npos) return {pid, 0};
  std::istringstream fields(line.substr(end + 1));
  std::string field;
  for (int i = 3; i < 22; ++i) fields >> field;
  uint64_t ticks = 0;
  fields >> ticks;
  return {pid, ticks};
}

bool is_alive(const ProcessName& process) {
  if (process.pid <= 0) return false;
  if (kill(process.pid, 0) != 0 && errno == ESRCH) return false;
  std::ifstream stream(text("/proc/", process.pid, "/stat"));
  std::string line;
  std::getline(stream, line);
  const auto end = line.rfind(')');
  if (end != std::string::npos && line.substr(end).starts_with(") Z")) return false;
  return process.start_ticks == 0 ||
         process_named(process.pid).start_ticks == process.start_ticks;
}

Claim::Claim(fs::path folder, std::string id, int64_t number, std::string host)
    : folder_(std::move(folder)),
      file_(claim_file(folder_, id, number)),
      id_(std::move(id)),
      host_(std::move(host)),
      number_(number) {}

std::string Claim::content(const ProcessName& worker) const {
  return json{{"host", host_},
              {"scheduler", to_json(this_process())},
              {"worker", to_json(worker)}}
             .dump() +
         "\n";
}

std::optional<Claim> Claim::acquire(const fs::path& folder, const std::string& id,
                                    const ClaimOptions& options) {
  const auto highest = highest_claim(folder, id);
  if (highest > 0 && is_live(folder, claim_file(folder, id, highest), options)) {
    return std::nullopt;
  }
  Claim claim(folder, id, highest + 1, options.host);
  // A link appears with its whole content, or not at all, on network folders too.
  const auto draft = folder / text(".", id, ".", getpid());
  {
    std::ofstream stream(draft);
    stream << claim.content({});
    require(stream.good(), "cannot write ", draft.string(), ": ", std::strerror(errno));
  }
  const int linked = link(draft.c_str(), claim.file_.c_str());
  const int reason = errno;
  unlink(draft.c_str());
  if (linked != 0 && reason == EEXIST) return std::nullopt;
  require(linked == 0, "cannot write ", claim.file_.string(), ": ",
          std::strerror(reason));
  // Whoever created a claim looks for others after that, so of two at least one gives
  // way.
  for (const int64_t other : claim_numbers(folder, id)) {
    if (other == claim.number_ ||
        !is_live(folder, claim_file(folder, id, other), options)) {
      continue;
    }
    claim.release();
    return std::nullopt;
  }
  for (int64_t old = highest; old > 0; --old) {
    unlink(claim_file(folder, id, old).c_str());
  }
  return claim;
}

void Claim::name_worker(pid_t worker) {
  write_file_atomically(file_, content(process_named(worker)));
}

bool Claim::renew() const {
  if (highest_claim(folder_, id_) != number_) return false;
  return utimensat(AT_FDCWD, file_.c_str(), nullptr, 0) == 0;
}

void Claim::release() { unlink(file_.c_str()); }

void remove_stale_claims(const fs::path& folder, const std::string& id,
                         const ClaimOptions& options) {
  for (const int64_t number : claim_numbers(folder, id)) {
    const auto file = claim_file(folder, id, number);
    if (!is_live(folder, file, options)) unlink(file.c_str());
  }
  if (is_claimed(folder, id, options)) return;
  // What name_worker() was writing when its process was killed.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(id + ".") && name.ends_with(".tmp"))
      unlink(entry.path().c_str());
  }
}

std::optional<pid_t> orphaned_worker(const fs::path& folder, const std::string& id,
                                     const ClaimOptions& options) {
  const auto holder = read_holder(claim_file(folder, id, highest_claim(folder, id)));
  if (!holder || holder->host != options.host || is_alive(holder->scheduler) ||
      !is_alive(holder->worker)) {
    return std::nullopt;
  }
  return holder->worker.pid;
}

bool is_claimed(const fs::path& folder, const std::string& id,
                const ClaimOptions& options) {
  const auto highest = highest_claim(folder, id);
  return highest > 0 && is_live(folder, claim_file(folder, id, highest), options);
}

}  // namespace medgraft::study
