#include "bench_commands.h"
#include "command_line.h"
#include "commands.h"

namespace medgraft::app {

int run_bench(Arguments arguments) {
  constexpr Command kSubcommands[] = {
      {"data", "images a second, from file to normalized tensor", run_bench_data},
  };
  return run_subcommand("bench", kSubcommands, arguments);
}

}  // namespace medgraft::app
