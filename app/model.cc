#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_model(Arguments) { throw UserError("medgraft model is being written"); }

}  // namespace medgraft::app
