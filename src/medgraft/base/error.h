#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace medgraft {

/// The caller asked for something impossible: bad config, missing file, wrong
/// manifest. The message says what was found and what would be accepted.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An invariant of our own code is broken; always a bug.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// The run was asked to stop and did so after a clean checkpoint: 75 pre-empted (run the
/// same command again), 130 interrupted.
class Stopped : public std::runtime_error {
 public:
  Stopped(const std::string& what, int exit_code)
      : std::runtime_error(what), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// Concatenates its arguments as operator<< prints them.
template <class... Args>
std::string text(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

/// `file` and `line` are the caller's: builtins, since std::source_location is out of
/// reach of the clang-tidy that Debian 12 ships.
[[noreturn]] void throw_internal(const char* condition, const std::string& message,
                                 const char* file = __builtin_FILE(),
                                 int line = __builtin_LINE());

/// Throws UserError unless `condition` holds; `args` are concatenated.
template <class... Args>
void require(bool condition, const Args&... args) {
  if (!condition) throw UserError(text(args...));
}

}  // namespace medgraft

/// Throws InternalError, with file and line, unless `condition` holds.
#define MEDGRAFT_CHECK(condition, ...) \
  ((condition) ? void()                \
               : ::medgraft::throw_internal(#condition, ::medgraft::text(__VA_ARGS__)))
