#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "medgraft/base/result.h"
#include "medgraft/image/decode/dicom_codestream.h"

namespace medgraft::image {

/// Samples of one frame, [height, width, components], as the codestream stores them: no
/// colour transform is undone but JPEG 2000's and JPEG-LS's own, which belong to their
/// streams. A damaged or cut off codestream is a Failure, never half a picture.
using Samples = std::vector<int32_t>;

/// Baseline, extended, progressive and lossless JPEG, by the copy of libjpeg that fits.
Result<Samples> decode_jpeg_samples(const Codestream& codestream);
Result<Samples> decode_jpeg8_samples(const Codestream& codestream);
Result<Samples> decode_jpeg12_samples(const Codestream& codestream);
Result<Samples> decode_jpeg16_samples(const Codestream& codestream);

Result<Samples> decode_jpeg_ls_samples(const Codestream& codestream);
Result<Samples> decode_jpeg2000_samples(const Codestream& codestream);

/// DICOM's run-length encoding. Source: PS3.5, annex G.
/// @return samples x pixels x bytes_per_sample bytes: the frame's planes one after the
/// other, little endian.
Result<std::vector<std::byte>> decode_rle(std::span<const std::byte> frame,
                                          int64_t pixels, int64_t samples,
                                          int64_t bytes_per_sample);

}  // namespace medgraft::image
