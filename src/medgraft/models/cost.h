#pragma once

#include <cstdint>

#include "medgraft/models/catalog.h"

namespace medgraft::models {

/// What a network costs, counted from its shapes; nothing is allocated.
struct Cost {
  int64_t backbone_parameters = 0;  ///< With the last norm.
  int64_t head_parameters = 0;
  int64_t multiply_adds = 0;     ///< Of one image, convolutions and head.
  int64_t activation_bytes = 0;  ///< Float32, of one image, kept for the backward pass.

  int64_t parameters() const { return backbone_parameters + head_parameters; }
};

/// @param resolution pixels a side. @throws UserError if it is below 32.
Cost count_cost(const Architecture& architecture, int64_t num_classes,
                int64_t resolution);

/// An estimate of a training step's memory in float32: weights, gradient, momentum and
/// the activations of `micro_batch` images.
int64_t training_bytes(const Cost& cost, int64_t micro_batch);

}  // namespace medgraft::models
