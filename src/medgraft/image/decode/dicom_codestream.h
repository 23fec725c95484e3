#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/base/result.h"

namespace medgraft::image {

/// What a JPEG, JPEG-LS or JPEG 2000 codestream says before its data.
struct Codestream {
  enum class Family { kJpeg, kLosslessJpeg, kJpegLs, kJpeg2000 };
  Family family = Family::kJpeg;
  int64_t width = 0, height = 0;
  int64_t components = 0;
  int64_t precision = 0;   ///< Bits a sample.
  bool is_signed = false;  ///< JPEG 2000 alone can say so.
  bool says_rgb = false;   ///< By an Adobe marker or the names of its components.
  bool says_ybr = false;   ///< By a JFIF or Adobe marker.
  /// The bytes without what stands around or within the codestream that decoders stumble
  /// over: application segments, comments, fill bytes, a JP2 box around it, padding.
  std::vector<std::byte> bytes;
};

/// Reads the headers of ITU-T T.81, T.87 and T.800 (annex A); all components must be
/// stored alike. @return a Failure for what a decoder would not survive.
Result<Codestream> read_jpeg_codestream(std::span<const std::byte> frame);
Result<Codestream> read_jpeg2000_codestream(std::span<const std::byte> frame);

}  // namespace medgraft::image
