#include "bench_commands.h"
#include "command_line.h"
#include "commands.h"

namespace medgraft::app {

int run_bench(Arguments arguments) {
  constexpr Command kSubcommands[] = {
      {"data", "images a second, from file to normalized tensor", run_bench_data},
      {"statistics", "seconds for the bootstrap and for reading predictions",
       run_bench_statistics},
  };
  return run_subcommand("bench", kSubcommands, arguments);
}

}  // namespace medgraft::app
