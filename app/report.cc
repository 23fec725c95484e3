#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_report(Arguments) { throw UserError("medgraft report is being written"); }

}  // namespace medgraft::app
