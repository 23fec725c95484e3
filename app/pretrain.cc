#include "commands.h"
#include "compute_run.h"

namespace medgraft::app {

int run_pretrain(Arguments arguments) {
  return run_training("pretrain", "trains a network on natural photographs", arguments);
}

}  // namespace medgraft::app
