#include "command_line.h"
#include "commands.h"
#include "data_commands.h"

namespace medgraft::app {

int run_data(Arguments arguments) {
  constexpr Command kSubcommands[] = {
      {"recipes", "lists the built-in recipes", run_data_recipes},
      {"recipe", "prints a recipe and the files that it expects", run_data_recipe},
      {"import", "turns a published layout into a data set", run_data_import},
      {"inspect", "counts what a data set holds; draws a contact sheet",
       run_data_inspect},
      {"split", "assigns patients to train, val and test", run_data_split},
      {"audit", "looks for leaks: patients and duplicates across splits", run_data_audit},
      {"pack", "writes a data set into resized WebDataset shards", run_data_pack},
      {"show", "writes an image as the network would see it", run_data_show},
  };
  return run_subcommand("data", kSubcommands, arguments);
}

}  // namespace medgraft::app
