#pragma once

#include <ATen/autocast_mode.h>

namespace medgraft::train {

/// While it lives, this thread's convolutions and matrix products on the CPU compute in
/// bfloat16; weights, norms and losses stay float32.
class Bf16Region {
 public:
  Bf16Region() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Bf16Region() {
    at::autocast::clear_cache();  // Casts of weights that the next step changes.
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  Bf16Region(const Bf16Region&) = delete;
  Bf16Region& operator=(const Bf16Region&) = delete;
};

}  // namespace medgraft::train
