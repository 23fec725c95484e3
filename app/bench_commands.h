#pragma once

#include "commands.h"

namespace medgraft::app {

// The parts of `medgraft bench`, each in the file of its name.
int run_bench_data(Arguments arguments);
int run_bench_statistics(Arguments arguments);

}  // namespace medgraft::app
