// What libFuzzer calls, for the target that MEDGRAFT_FUZZ_TARGET names.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  medgraft::fuzz::MEDGRAFT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
