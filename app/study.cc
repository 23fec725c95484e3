#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_study(Arguments) { throw UserError("medgraft study is being written"); }

}  // namespace medgraft::app
