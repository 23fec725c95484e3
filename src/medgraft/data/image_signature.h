#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "medgraft/image/image.h"

namespace medgraft::data {

/// The length of a signature's shape: 1,023 coefficients and one zero, so that rows of
/// them stay aligned.
inline constexpr size_t kShapeLength = 1024;

/// What an audit keeps of a picture's pixels.
struct ImageSignature {
  /// The first 128 bits of the SHA-256 of size and decoded pixels. A picture of three
  /// equal channels counts as grey, however it was stored.
  std::array<uint64_t, 2> digest = {};
  /// Whether the 32 x 32 reduction has one value throughout: it then has no shape and
  /// correlates with nothing.
  bool is_flat = true;
};

/// Signs `image`, and writes its shape: the 32 x 32 antialiased grey reduction less its
/// mean, at unit length, in the orthonormal basis of the cosine transform (DCT-II),
/// lowest frequencies first. The basis changes no distance: the correlation of two
/// reductions is 1 - d^2 / 2 for the distance d of their shapes, and the distance of any
/// beginnings bounds d from below.
/// @param shape [kShapeLength]; zeros where the signature is flat.
ImageSignature sign_image(const image::Image& image, std::span<float> shape);

/// @return for each coefficient of a shape 1, or -1 where mirroring the picture left to
/// right negates it.
const std::array<float, kShapeLength>& mirror_signs();

}  // namespace medgraft::data
