#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace medgraft::study {

/// A worker: a program that gets SIGTERM when its parent ends, however that ends, and
/// that a terminal's Ctrl-C does not reach (the parent decides).
class ChildProcess {
 public:
  /// Starts `arguments[0]`, without input, its stdout discarded and its stderr in `log`.
  /// Call from the thread that lives as long as the child should.
  /// @throws UserError if the program cannot be started.
  ChildProcess(const std::vector<std::string>& arguments,
               const std::filesystem::path& log);

  pid_t pid() const { return pid_; }
  /// @return what waitpid() gave, once the child has ended; nothing before. Does not
  /// wait.
  std::optional<int> poll();
  void send(int signal) const;

 private:
  pid_t pid_ = 0;
  std::optional<int> status_;
};

/// @return in words how a child ended: "exit code 2", "signal 9 (Killed)".
std::string describe_end(int wait_status);

/// @return the last line of a program's messages, without "medgraft: "; empty if none.
std::string last_message(const std::filesystem::path& log);

}  // namespace medgraft::study
