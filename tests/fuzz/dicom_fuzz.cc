#include "fuzz/image_check.h"
#include "fuzz/targets.h"

namespace medgraft::fuzz {
namespace {

image::DecodeOptions options(image::Window::Kind kind, double first, double second) {
  image::DecodeOptions options;
  options.window = {kind, first, second};
  return options;
}

}  // namespace

void fuzz_dicom(std::string_view bytes) {
  using Kind = image::Window::Kind;
  const auto file = as_bytes(bytes);
  if (!image::is_dicom(file)) return;
  check_decoder(bytes);
  auto header = image::read_header(file);
  if (!header || !is_small(header.value())) return;
  MEDGRAFT_CHECK(header.value().frames > 0, header.value().frames);
  auto last = options(Kind::kPercentile, 1, 99);
  last.frame = header.value().frames - 1;
  for (const auto& chosen :
       {last, options(Kind::kFirst, 0, 0), options(Kind::kFixed, 40, 400)}) {
    auto image = image::decode(file, chosen);
    if (image) check_image(image.value());
  }
}

}  // namespace medgraft::fuzz
