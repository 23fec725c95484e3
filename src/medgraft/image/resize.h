#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/image/image.h"

namespace medgraft::image {

/// Antialiased bilinear: a triangle filter as wide as the reduction, half-pixel centres,
/// in float throughout. Equal to Pillow's `Image.resize(..., BILINEAR)` of a mode F
/// picture but for rounding.
/// @param height, width > 0. @return `image` itself where the size is the same.
Image resize(Image image, int64_t height, int64_t width);

/// How large the picture is whose rows a RowResizer takes.
struct RowSource {
  int64_t height = 0, width = 0, channels = 0;
  /// How much of that the picture fills: less where a decoder that reduced it had to
  /// round up. At most one pixel less, more than 0.
  double filled_height = 0, filled_width = 0;
};

/// Resizes a picture whose rows come one by one, so that it is never whole in memory.
/// Gives what resize() gives, bit for bit, on every instruction set.
class RowResizer {
 public:
  RowResizer(const RowSource& source, int64_t height, int64_t width);

  /// Takes the next row, top to bottom. @param row [source.width, channels]
  void add(std::span<const float> row);
  /// @return the image, once all rows are in.
  Image finish() { return std::move(out_); }

  /// Which inputs each output takes, and how much of each: the inputs from first[i] on,
  /// weighted by weights[start[i]], ..., weights[start[i + 1] - 1].
  struct Taps {
    std::vector<int64_t> first, start;
    std::vector<float> weights;
    int64_t end(size_t i) const { return first[i] + start[i + 1] - start[i]; }
  };

 private:
  void resize_row(const float* in, float* out) const;
  float* sum_of(size_t output);

  int64_t channels_;
  Taps rows_, columns_;
  // Reducing the height first leaves fewer rows to resize; where it grows, widths first.
  bool height_first_;
  int64_t next_row_ = 0;
  size_t next_output_ = 0;     // Of those that are not complete, the first.
  std::vector<float> narrow_;  // One row of the result's width.
  std::vector<float> sums_;    // The rows that are being summed up, by output modulo.
  size_t num_sums_ = 0;
  int64_t sum_length_ = 0;
  Image out_;
};

}  // namespace medgraft::image
