#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_data(Arguments) { throw UserError("medgraft data is being written"); }

}  // namespace medgraft::app
