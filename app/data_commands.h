#pragma once

#include "commands.h"

namespace medgraft::app {

// The parts of `medgraft data`, each in the file of its name.
int run_data_recipes(Arguments arguments);
int run_data_recipe(Arguments arguments);
int run_data_import(Arguments arguments);
int run_data_inspect(Arguments arguments);
int run_data_pack(Arguments arguments);
int run_data_split(Arguments arguments);
int run_data_audit(Arguments arguments);
int run_data_show(Arguments arguments);

}  // namespace medgraft::app
