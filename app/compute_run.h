#pragma once

#include "commands.h"

namespace medgraft::app {

/// What `finetune` and `pretrain` share: everything but their defaults.
/// @param command "finetune" or "pretrain".
int run_training(const char* command, const char* summary, Arguments arguments);

}  // namespace medgraft::app
