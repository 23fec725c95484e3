#pragma once

#include <span>
#include <string_view>

namespace medgraft::app {

using Arguments = std::span<const char* const>;

/// One command. `arguments` begin after its name.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(Arguments arguments);  ///< Null in medgraft for what medgraft-compute does.
};

/// Runs `program`'s command that the arguments name; the only place that catches.
/// @return the process's exit code.
int run_program(std::span<const Command> commands, Arguments arguments);

// Each in the file of its name; they return the exit code.
int run_bench(Arguments arguments);
int run_data(Arguments arguments);
int run_evaluate(Arguments arguments);
int run_study(Arguments arguments);
int run_report(Arguments arguments);
int run_completion(Arguments arguments);

int run_model(Arguments arguments);
int run_pretrain(Arguments arguments);
int run_finetune(Arguments arguments);
int run_predict(Arguments arguments);

}  // namespace medgraft::app
