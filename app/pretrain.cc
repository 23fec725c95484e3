#include "commands.h"
#include "medgraft/base/error.h"

namespace medgraft::app {

int run_pretrain(Arguments) { throw UserError("medgraft pretrain is being written"); }

}  // namespace medgraft::app
