#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_predict(Arguments) { throw UserError("medgraft predict is being written"); }

}  // namespace medgraft::app
