#pragma once

#include <cstdint>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// Transforms that keep float32 [H, W, C] and invent no values outside what they are
/// given; each is one operation of the preprocessing program (preprocess.h). What is
/// known of an image's orientation stays with it, and turns where it is flipped.

/// @return rows [top, top + height), columns [left, left + width), which lie inside.
Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width);

/// @return the largest copy that fits into height x width with its aspect kept, in the
/// middle of black.
Image letterbox(const Image& image, int64_t height, int64_t width);

/// Rows lead the other way afterwards, and Image::orientation says so.
Image flip_horizontally(Image image);
Image flip_vertically(Image image);

/// How warp() moves a picture about its middle: first sheared, then turned
/// counter-clockwise and scaled, then moved.
struct Warp {
  double degrees = 0;
  double scale = 1;            ///< Above 0.
  double shear_degrees = 0;    ///< By which upright lines lean, below 90.
  double down = 0, right = 0;  ///< In pixels.
};

/// @return the same size, bilinear, black where nothing comes from.
Image warp(const Image& image, const Warp& by);

/// @return turned counter-clockwise about the middle by `degrees`, bilinear; black comes
/// in at the corners.
Image rotate(const Image& image, double degrees);

/// @return one channel: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, as Pillow's mode L).
Image to_gray(const Image& image);
/// @return three equal channels of a grey image; a colour image unchanged.
Image to_rgb(Image image);

/// Maps 0 to `low` and 1 to `high`.
Image normalize(Image image, float low, float high);

}  // namespace medgraft::image
