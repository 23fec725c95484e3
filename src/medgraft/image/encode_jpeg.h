#pragma once

#include <string>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// @param image values in [0, 1]; what lies outside is cut off. @param quality from 1 to
/// 100, as libjpeg scales its tables; colour is stored at half resolution (4:2:0).
/// @return a baseline JPEG file, grey or YCbCr, as Pillow writes it.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace medgraft::image
