#pragma once

#include <cstdint>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// Antialiased bilinear: a triangle filter as wide as the reduction, half-pixel centres,
/// in float throughout; first along rows, then along columns. Equal to Pillow's
/// `Image.resize(..., BILINEAR)` of a mode F picture.
/// @param height, width > 0. @return `image` itself where the size is the same.
Image resize(const Image& image, int64_t height, int64_t width);

}  // namespace medgraft::image
