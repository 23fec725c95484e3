#pragma once

#include <string>

#include "medgraft/image/image.h"

namespace medgraft::data {

/// @return NumPy's .npy file of the image: float32, [H, W] for one channel, [H, W, 3] for
/// three. Source: NumPy's format description (NEP 1), version 1.0.
std::string encode_npy(const image::Image& image);

}  // namespace medgraft::data
