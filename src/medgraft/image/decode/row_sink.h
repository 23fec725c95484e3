#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "medgraft/image/decode/decode.h"
#include "medgraft/image/resize.h"

namespace medgraft::image {

/// Where a decoder writes the rows of a picture: into an image, or, where the caller
/// wants another size, through a RowResizer.
class RowSink {
 public:
  RowSink(const RowSource& source, const std::optional<Size>& wanted)
      : length_(static_cast<size_t>(source.width * source.channels)),
        image_{source.height, source.width, source.channels, {}} {
    if (wanted) {
      resizer_.emplace(source, wanted->height, wanted->width);
      row_.resize(length_);
    } else {
      // Not filled: memory that a truncated file never reaches is never touched.
      image_.pixels.reserve(static_cast<size_t>(source.height) * length_);
    }
  }

  /// @return [width, channels] to fill before commit().
  float* next() {
    if (resizer_) return row_.data();
    const auto start = image_.pixels.size();
    image_.pixels.resize(start + length_);  // Within what is reserved.
    return image_.pixels.data() + start;
  }
  void commit() {
    if (resizer_) resizer_->add(row_);
  }
  Image finish() { return resizer_ ? resizer_->finish() : std::move(image_); }

 private:
  size_t length_;
  Image image_;
  std::optional<RowResizer> resizer_;
  std::vector<float> row_;
};

}  // namespace medgraft::image
