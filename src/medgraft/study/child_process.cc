#include "medgraft/study/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "medgraft/base/error.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

// Only what is safe between fork and exec. Reports a failing exec through `report`.
[[noreturn]] void become(char* const* arguments, const char* log, pid_t parent,
                         int report) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // It died before the line above took effect.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDWR);
  const int messages = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(messages < 0 ? null : messages, STDERR_FILENO);
  execv(arguments[0], arguments);
  const int reason = errno;
  if (write(report, &reason, sizeof reason) < 0) _exit(126);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const fs::path& log) {
  std::vector<char*> argv;
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  require(pipe2(ends, O_CLOEXEC) == 0, "cannot start a worker: ", std::strerror(errno));
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(argv.data(), log.c_str(), parent, ends[1]);
  const int fork_error = errno;
  close(ends[1]);
  int exec_error = 0;
  // Ends at once: a successful exec closes the other end.
  const bool failed = read(ends[0], &exec_error, sizeof exec_error) == sizeof exec_error;
  close(ends[0]);
  require(pid_ > 0, "cannot start a worker: ", std::strerror(fork_error));
  if (!failed) return;
  waitpid(pid_, nullptr, 0);
  throw UserError(text("cannot start ", arguments[0], ": ", std::strerror(exec_error)));
}

std::optional<int> ChildProcess::poll() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

void ChildProcess::send(int signal) const {
  if (!status_) kill(pid_, signal);
}

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) return text("exit code ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  return text("signal ", signal, " (", strsignal(signal), ")",
              signal == SIGKILL ? ", perhaps out of memory" : "");
}

std::string last_message(const fs::path& log) {
  constexpr std::streamoff kTail = 4096;
  constexpr std::string_view kPrefix = "medgraft: ";
  std::ifstream stream(log, std::ios::binary | std::ios::ate);
  if (!stream) return "";
  const std::streamoff size = stream.tellg();
  stream.seekg(size > kTail ? size - kTail : 0);
  std::string line, last, named;
  while (std::getline(stream, line)) {
    if (line.empty()) continue;
    if (line.starts_with(kPrefix)) named = line.substr(kPrefix.size());
    last = line;
  }
  return named.empty() ? last : named;
}

}  // namespace medgraft::study
