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

MEDGRAFT_CLONES void to_unit_range(const uint8_t* __restrict from, float* __restrict to,
                                   int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) / 255.0F;
}

MEDGRAFT_CLONES void to_unit_range(const uint16_t* __restrict from, float* __restrict to,
                                   int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) / 65535.0F;
}

}  // namespace medgraft::image
