#pragma once

#include <cstdint>
#include <optional>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// Rows [top, top + height), columns [left, left + width) of an image.
struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
};

/// What lies before the background: the largest group of pixels (4-connected) that are
/// brighter than a threshold. Burnt-in letters and markers are smaller groups.
struct Foreground {
  Box box;
  /// Brightness left of the image's middle less that right of it, over their sum.
  double lean = 0;
};

/// @return the threshold that separates dark from bright best: Otsu's criterion on 256
/// levels of the square root of the grey values, which keeps a breast's thin and dark
/// edge before its background. Nothing where all pixels are alike. Source: Otsu 1979,
/// doi:10.1109/TSMC.1979.4310076.
std::optional<float> foreground_threshold(const Image& image);

/// @param threshold foreground is brighter; nothing: foreground_threshold().
/// @return nothing where no pixel is.
std::optional<Foreground> find_foreground(const Image& image,
                                          std::optional<float> threshold = {});

/// @return the foreground's bounding box; the whole image where there is none.
Image crop_foreground(Image image, std::optional<float> threshold = {});

/// Flips so that the chest wall of a mammogram is on the left or right. Where rows lead
/// to the front or back says on which side it is; else the side to which the foreground
/// leans by more than a tenth; else the custom of showing a left breast's on the left.
Image orient(Image image, bool to_left);

}  // namespace medgraft::image
