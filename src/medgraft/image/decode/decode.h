#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "medgraft/base/result.h"
#include "medgraft/image/image.h"

namespace medgraft::image {

/// Decoders refuse more pixels than this before they allocate: 16,384 x 16,384.
inline constexpr int64_t kMaximumPixels = int64_t{1} << 28;

/// A number that changes whenever a decoder's output may: part of every cache key.
inline constexpr int kDecoderVersion = 1;

/// Which stored values become 0 and 1. Files without windows (PNG, JPEG) know their
/// stored range alone.
struct Window {
  enum class Kind {
    kAuto,        ///< VOI LUT, else the first window, else the stored range.
    kFirst,       ///< The first window, else the stored range.
    kFixed,       ///< Center and width, in units of the modality LUT's output.
    kPercentile,  ///< From one percentile of the picture's values to another.
  };
  Kind kind = Kind::kAuto;
  double first = 0, second = 0;  ///< kFixed: center, width; kPercentile: low, high.
};

struct Size {
  int64_t height = 0, width = 0;
};

/// What is left to the filter of resize() after a reduced decode, and the shortest side
/// to which that is done. The mean difference to the whole decode is then at most 1.3 of
/// 255 levels on 7,807 small, sharp photographs; at a reduction of 3 it exceeds 1.5 on
/// one in fifty, and at 4 on a few that become 10 pixels.
inline constexpr int64_t kLeastReduction = 4;
inline constexpr int64_t kLeastReducedSide = 12;

struct DecodeOptions {
  Window window = {};
  int64_t frame = 0;  ///< Of a multi-frame file, from 0.
  /// PNG and JPEG are given in this size, as resize() makes them but never whole in
  /// memory; other formats leave the resizing to the caller.
  std::optional<Size> size = {};
  /// A JPEG that is to become this much smaller may be decoded at a reduced scale of at
  /// least kLeastReduction times `size`. For training alone. Source: DESIGN.md section 5.
  bool may_reduce = false;
};

/// What a file says about itself before its pixels are decoded.
struct Header {
  std::string format;  ///< "png", "jpeg" or "dicom"
  int64_t height = 0;  ///< As decoded: an EXIF rotation is applied.
  int64_t width = 0;
  int64_t channels = 0;   ///< 1 or 3, as decoded.
  int64_t bit_depth = 0;  ///< Stored bits a sample.
  int64_t frames = 1;
};

/// Decodes a PNG, JPEG or DICOM file, told apart by its first bytes.
/// @return float32 [H, W, 1 or 3] in [0, 1] by the window, else by the stored range
/// (65535 for a 16-bit PNG); alpha is dropped, gamma ignored. A Failure says why in a few
/// words without a file name; damaged or truncated files are failures, never half a
/// picture.
Result<Image> decode(std::span<const std::byte> file, const DecodeOptions& options = {});

/// Reads the header alone.
Result<Header> read_header(std::span<const std::byte> file);

bool is_png(std::span<const std::byte> file);
bool is_jpeg(std::span<const std::byte> file);
bool is_dicom(std::span<const std::byte> file);

Result<Image> decode_png(std::span<const std::byte> file,
                         const DecodeOptions& options = {});
Result<Header> read_png_header(std::span<const std::byte> file);

/// Baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK (in Adobe's inverted form,
/// as every writer in use stores them). The EXIF orientation is applied.
Result<Image> decode_jpeg(std::span<const std::byte> file,
                          const DecodeOptions& options = {});
Result<Header> read_jpeg_header(std::span<const std::byte> file);

/// Any transfer syntax but video and high-throughput JPEG 2000. In this order: modality
/// LUT or rescale; VOI LUT or window (of the frame, else of the file); MONOCHROME1's
/// inversion. Padding is 0. docs/data.md says more.
Result<Image> decode_dicom(std::span<const std::byte> file, const DecodeOptions& options);
Result<Header> read_dicom_header(std::span<const std::byte> file);

}  // namespace medgraft::image
