#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_finetune(Arguments) { throw UserError("medgraft finetune is being written"); }

}  // namespace medgraft::app
