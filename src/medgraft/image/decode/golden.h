#pragma once

#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

/// For tests: an array that tests/goldens/image.py wrote, int32 height, width, channels
/// and float32 values.
inline Image read_golden(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  int32_t shape[3];
  std::memcpy(shape, bytes.data(), sizeof shape);
  Image image{shape[0], shape[1], shape[2], {}};
  image.pixels.resize((bytes.size() - sizeof shape) / sizeof(float));
  std::memcpy(image.pixels.data(), bytes.data() + sizeof shape,
              image.pixels.size() * sizeof(float));
  return image;
}

}  // namespace medgraft::image
