#pragma once

#include <cstddef>
#include <span>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// @param segment the content of a JPEG's APP1 segment.
/// @return the orientation that it states, 1 to 8; 1 where there is none or it is
/// damaged. Source: CIPA DC-008 (EXIF 2.32), section 4.6.4, tag 0x0112.
int exif_orientation(std::span<const std::byte> segment);

/// @return the picture as it is meant to be seen. Orientations 5 to 8 exchange the sides.
Image oriented(Image image, int orientation);

}  // namespace medgraft::image
