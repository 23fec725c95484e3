#include "medgraft/image/vectorized.h"

// The sanitizers' start-up code cannot run before the choice among clones is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MEDGRAFT_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MEDGRAFT_CLONES
#endif

namespace medgraft::image {

MEDGRAFT_CLONES void add_scaled(float* __restrict to, const float* __restrict from,
                                float weight, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

// A division each would take longer than the resize. The quotient's leading bits times a
// sample are exact, so the sum is rounded as the division's result is (all are tested).
MEDGRAFT_CLONES void to_unit_range(const uint8_t* __restrict from, float* __restrict to,
                                   int64_t count) {
  constexpr float kLeading = 0x1.01p-8F, kRest = 0x1.010102p-24F;  // 1 / 255
  for (int64_t i = 0; i < count; ++i) {
    const auto sample = static_cast<float>(from[i]);
    to[i] = sample * kLeading + sample * kRest;
  }
}

MEDGRAFT_CLONES void to_unit_range(const uint16_t* __restrict from, float* __restrict to,
                                   int64_t count) {
  constexpr float kLeading = 0x1p-16F, kRest = 0x1.0001p-32F;  // 1 / 65535
  for (int64_t i = 0; i < count; ++i) {
    const auto sample = static_cast<float>(from[i]);
    to[i] = sample * kLeading + sample * kRest;
  }
}

}  // namespace medgraft::image
