#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"

namespace medgraft::app {

/// What every command accepts.
struct CommonOptions {
  std::vector<std::string> set;  ///< key=value, in order.
  std::optional<std::string> out;
  std::string device = "auto";  ///< auto, cpu, cuda or cuda:N
  int threads = 0;              ///< 0: all cores.
  bool json = false;
  bool quiet = false;
  bool force = false;

  /// What `threads` stands for: at least 1.
  int num_threads() const;
};

/// The flags and arguments of one command, by CLI11, with our conventions: the common
/// options, an unknown flag suggests the nearest, mistakes are UserErrors of one line.
class CommandLine {
 public:
  /// @param name as typed: "model info". @param summary one sentence.
  CommandLine(const std::string& name, const std::string& summary);

  /// Where a command adds its own options and positionals.
  CLI::App& app() { return app_; }
  /// Text that --help prints below the options, such as the settings of a config.
  void set_footer(const std::string& text) { app_.footer(text); }

  /// @return false if help was asked for and printed; the command then returns 0.
  /// @throws UserError naming the flag or value at fault.
  bool parse(Arguments arguments);

  const CommonOptions& common() const { return common_; }

 private:
  CLI::App app_;
  CommonOptions common_;
};

/// Splits off a subcommand: run_subcommand("model", {{"list", "...", run_list}, ...},
/// args).
int run_subcommand(std::string_view command, std::span<const Command> subcommands,
                   Arguments arguments);

/// @return the folder of this executable.
std::string executable_folder();

}  // namespace medgraft::app
