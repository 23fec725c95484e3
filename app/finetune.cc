#include "commands.h"
#include "compute_run.h"

namespace medgraft::app {

int run_finetune(Arguments arguments) {
  return run_training("finetune",
                      "trains a network on medical images, starting from an upstream one",
                      arguments);
}

}  // namespace medgraft::app
