#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace medgraft::study {

/// A process of this host, told from a later one that got the same number.
struct ProcessName {
  pid_t pid = 0;
  uint64_t start_ticks = 0;  ///< Since boot, from /proc/PID/stat; 0 if unknown.
};

/// @return this process.
ProcessName this_process();
/// @return the process that has the number `pid` now.
ProcessName process_named(pid_t pid);
/// Whether that very process still runs (a zombie does not).
bool is_alive(const ProcessName& process);

struct ClaimOptions {
  std::string host;            ///< Of this process.
  double stale_seconds = 150;  ///< Without heartbeat, on another host.
};

/// The right to work on one run: a file FOLDER/ID.N that only one process can create. N
/// grows each time that a stale claim is taken over, and the highest one holds, so that
/// two processes which find the same stale claim cannot both get the run.
class Claim {
 public:
  /// Nothing if another live process holds the run. Create the folder before.
  /// @throws UserError if the folder cannot be written.
  static std::optional<Claim> acquire(const std::filesystem::path& folder,
                                      const std::string& id, const ClaimOptions& options);

  /// Records which child works on the run, so that it counts as claimed until the child
  /// has ended, even if this process dies first.
  void name_worker(pid_t worker);
  /// Renews the heartbeat. @return false if another process has taken the run over.
  bool renew() const;
  /// Gives the run back. Destruction does not: a crash must look like one.
  void release();

 private:
  Claim(std::filesystem::path folder, std::string id, int64_t number, std::string host);
  std::string content(const ProcessName& worker) const;

  std::filesystem::path folder_, file_;
  std::string id_, host_;
  int64_t number_ = 0;
};

/// Whether a live process holds run `id`.
bool is_claimed(const std::filesystem::path& folder, const std::string& id,
                const ClaimOptions& options);

/// Removes what dead processes left of claims on run `id`.
void remove_stale_claims(const std::filesystem::path& folder, const std::string& id,
                         const ClaimOptions& options);

/// @return the process that still works on run `id` of this host though its scheduler has
/// died; nothing else.
std::optional<pid_t> orphaned_worker(const std::filesystem::path& folder,
                                     const std::string& id, const ClaimOptions& options);

}  // namespace medgraft::study
