#include "command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/version.h"

namespace medgraft::app {
namespace {

constexpr int kUserError = 2;
constexpr int kInternalError = 70;

std::vector<std::string> names_of(std::span<const Command> commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.emplace_back(command.name);
  return names;
}

void print_commands(std::FILE* to, std::string_view prefix,
                    std::span<const Command> commands) {
  std::fprintf(to, "usage: %.*s COMMAND [options]\n\n", static_cast<int>(prefix.size()),
               prefix.data());
  for (const auto& command : commands) {
    std::fprintf(to, "  %-11.*s %.*s\n", static_cast<int>(command.name.size()),
                 command.name.data(), static_cast<int>(command.summary.size()),
                 command.summary.data());
  }
  std::fprintf(to, "\n`%.*s COMMAND --help` describes one.\n",
               static_cast<int>(prefix.size()), prefix.data());
}

bool asks_for_help(std::string_view argument) {
  return argument == "--help" || argument == "-h" || argument == "help";
}

// Replaces this process by medgraft-compute, which links LibTorch.
[[noreturn]] void become_compute(Arguments arguments) {
  const auto program = executable_folder() + "/medgraft-compute";
  std::vector<char*> argv{const_cast<char*>("medgraft")};
  for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  throw UserError(
      text("this command computes, and its executable medgraft-compute is not "
           "beside medgraft (it is built where LibTorch is found)"));
}

void print_version() {
  std::printf("medgraft %s\ncompiler: %s, %s\nLibTorch: %s\n", build::kVersion,
              build::kCompiler, build::kBuildType,
              *build::kTorchVersion ? build::kTorchVersion : "none");
}

int dispatch(std::span<const Command> commands, Arguments arguments) {
  if (arguments.empty()) {
    print_commands(stderr, "medgraft", commands);
    return kUserError;
  }
  const std::string_view name = arguments.front();
  if (asks_for_help(name)) {
    print_commands(stdout, "medgraft", commands);
    return 0;
  }
  if (name == "--version") {
    print_version();
    return 0;
  }
  for (const auto& command : commands) {
    if (command.name != name) continue;
    if (!command.run) become_compute(arguments);
    return command.run(arguments.subspan(1));
  }
  throw UserError(text("unknown command \"", name, "\"", hint(name, names_of(commands))));
}

// One line, whatever the message holds, and short enough to read.
std::string one_line(std::string message) {
  constexpr size_t kMaximum = 560;
  for (char& c : message) c = c == '\n' ? ' ' : c;
  if (message.size() > kMaximum) message = message.substr(0, kMaximum) + "...";
  return message;
}

int report(const char* prefix, const std::string& message, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "medgraft: %s%s\n", prefix, one_line(message).c_str());
  return code;
}

}  // namespace

int CommonOptions::num_threads() const {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return threads > 0 ? threads : std::max(1, cores);
}

CommandLine::CommandLine(const std::string& name, const std::string& summary)
    : app_(summary, "medgraft " + name) {
  app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app_.add_option("--set", common_.set, "key=value: overrides one setting; repeatable")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app_.add_option("--out", common_.out, "where the result goes");
  app_.add_option("--device", common_.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app_.add_option("--threads", common_.threads, "CPU threads; 0 takes all cores")
      ->check(CLI::Range(0, 4096));
  app_.add_flag("--json", common_.json,
                "print one JSON document on stdout, nothing else");
  app_.add_flag("--quiet", common_.quiet, "no progress, warnings only");
  app_.add_flag("--force", common_.force,
                "write into an output folder that is not empty");
  app_.allow_extras();
}

bool CommandLine::parse(Arguments arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app_.help() << std::flush;
    return false;
  } catch (const CLI::ParseError& error) {
    throw UserError(
        text(error.what(), " (", app_.get_name(), " --help lists what it takes)"));
  }
  for (const auto& extra : app_.remaining()) {
    std::vector<std::string> known;
    for (const auto* option : app_.get_options()) {
      for (const auto& flag : option->get_lnames()) known.push_back("--" + flag);
    }
    require(!extra.starts_with("-"), "unknown flag ", extra,
            hint(extra.substr(0, extra.find('=')), known));
    throw UserError(text("unexpected argument \"", extra, "\" (", app_.get_name(),
                         " --help lists what it takes)"));
  }
  return true;
}

int run_subcommand(std::string_view command, std::span<const Command> subcommands,
                   Arguments arguments) {
  const auto prefix = text("medgraft ", command);
  if (arguments.empty() || asks_for_help(arguments.front())) {
    print_commands(arguments.empty() ? stderr : stdout, prefix, subcommands);
    return arguments.empty() ? kUserError : 0;
  }
  for (const auto& subcommand : subcommands) {
    if (subcommand.name == arguments.front()) return subcommand.run(arguments.subspan(1));
  }
  throw UserError(text("unknown command \"", command, " ", arguments.front(), "\"",
                       hint(arguments.front(), names_of(subcommands))));
}

std::string executable_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

int run_program(std::span<const Command> commands, Arguments arguments) try {
  return dispatch(commands, arguments);
} catch (const Stopped& stopped) {
  return report("", stopped.what(), stopped.exit_code());
} catch (const UserError& error) {
  return report("", error.what(), kUserError);
} catch (const std::filesystem::filesystem_error& error) {
  return report("", error.what(), kUserError);
} catch (const std::bad_alloc&) {
  return report("", "out of memory: use a smaller batch or resolution, or fewer workers",
                kUserError);
} catch (const std::exception& error) {
  return report("internal error: ", error.what(), kInternalError);
}

}  // namespace medgraft::app
