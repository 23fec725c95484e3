#pragma once

#include <string>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// @param image values in [0, 1]; what lies outside is cut off. @param bits a sample: 8
/// or
/// 16. @return a PNG file, grey or RGB, the same bytes for the same image.
std::string encode_png(const Image& image, int bits = 8);

}  // namespace medgraft::image
