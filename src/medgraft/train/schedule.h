#pragma once

#include <cstdint>

#include "medgraft/train/run_config.h"

namespace medgraft::train {

/// The learning rate of a step, from 0. Warm-up is linear from 0 at step 0; the staircase
/// falls at the step after each milestone, as the reference does; cosine falls from the
/// end of warm-up to 0 at `steps`.
/// @param config resolved.
/// Source: google-research/big_transfer, bit_hyperrule.py (get_lr).
double learning_rate(const TrainConfig& config, int64_t step);

}  // namespace medgraft::train
