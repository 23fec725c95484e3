#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_evaluate(Arguments) { throw UserError("medgraft evaluate is being written"); }

}  // namespace medgraft::app
