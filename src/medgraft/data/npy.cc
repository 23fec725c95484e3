#include "medgraft/data/npy.h"

#include "medgraft/base/error.h"

namespace medgraft::data {

std::string encode_npy(const image::Image& image) {
  constexpr size_t kPrefix = 10, kAlignment = 64;
  const auto channels = image.channels == 1 ? "" : text(", ", image.channels);
  auto header = text("{'descr': '<f4', 'fortran_order': False, 'shape': (", image.height,
                     ", ", image.width, channels, "), }");
  const auto total =
      (kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  header.resize(total - kPrefix - 1, ' ');
  header += '\n';
  std::string file = "\x93NUMPY";
  file += {'\1', '\0', static_cast<char>(header.size() & 255),
           static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(reinterpret_cast<const char*>(image.pixels.data()),
              image.pixels.size() * sizeof(float));
  return file;
}

}  // namespace medgraft::data
