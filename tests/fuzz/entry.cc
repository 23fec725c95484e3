// What libFuzzer calls, for the target that MEDGRAFT_FUZZ_TARGET names.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  medgraft::fuzz::MEDGRAFT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}

// GDCM 3.0 does not free its copy of the compressed bytes when JPEG-LS data is damaged.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:gdcm::JPEGLSCodec::Decode\n";
}
