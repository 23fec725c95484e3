#include "fuzz/image_check.h"
#include "fuzz/targets.h"

namespace medgraft::fuzz {

void fuzz_jpeg(std::string_view bytes) {
  if (!image::is_jpeg(as_bytes(bytes))) return;
  check_decoder(bytes);
  check_sized_decode(bytes);
}

}  // namespace medgraft::fuzz
