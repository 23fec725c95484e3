#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace medgraft::image {

/// How a picture shows the body, where the file or the manifest says so; blank where
/// neither does.
struct Orientation {
  std::string laterality;  ///< "L" or "R": the side of the body that is shown.
  std::string
      row_direction;  ///< Where rows lead: DICOM's Patient Orientation, "A", "P"...
};

/// Pixels in memory: float32, interleaved [height, width, channels], in [0, 1] from
/// decode on (a later `normalize` may leave that range).
struct Image {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;  ///< 1 or 3.
  std::vector<float> pixels;
  Orientation orientation = {};

  float& at(int64_t y, int64_t x, int64_t c) {
    return pixels[static_cast<size_t>((y * width + x) * channels + c)];
  }
  float at(int64_t y, int64_t x, int64_t c) const {
    return pixels[static_cast<size_t>((y * width + x) * channels + c)];
  }
};

}  // namespace medgraft::image
