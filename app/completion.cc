#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_completion(Arguments) { throw UserError("medgraft completion is being written"); }

}  // namespace medgraft::app
