#include "fuzz/targets.h"
#include "medgraft/base/error.h"
#include "medgraft/models/safetensors_header.h"

namespace medgraft::fuzz {

void fuzz_safetensors(std::string_view bytes) {
  try {
    const auto header = models::parse_safetensors(bytes, "fuzz.safetensors");
    size_t total = 0;
    for (const auto& [_, entry] : header.tensors) total += entry.bytes.size();
    MEDGRAFT_CHECK(total <= bytes.size(), "safetensors");
  } catch (const UserError&) {
  }
}

}  // namespace medgraft::fuzz
