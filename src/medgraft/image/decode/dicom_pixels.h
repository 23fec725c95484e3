#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "medgraft/base/result.h"
#include "medgraft/image/decode/dicom_elements.h"

namespace medgraft::image {

/// The image pixel module. Source: DICOM PS3.3, C.7.6.3.
struct DicomPixels {
  int64_t rows = 0, columns = 0;
  int64_t samples = 1;  ///< A pixel: 1 or 3.
  int64_t frames = 1;
  int64_t bits_allocated = 0, bits_stored = 0, high_bit = 0;
  bool is_signed = false;
  bool is_planar = false;
  bool is_float = false;  ///< Float or double float pixel data.
  std::string photometric;

  bool is_gray() const {
    return photometric == "MONOCHROME1" || photometric == "MONOCHROME2";
  }
  double lowest() const;   ///< Of the stored range.
  double highest() const;  ///< Of the stored range.
};

/// @return a Failure where a value is missing, contradicts another or is not supported.
/// Nothing is allocated by what the values claim.
Result<DicomPixels> describe_pixels(const DicomFile& file);

/// The stored values of one frame, [rows, columns, samples]: `integers`, or `reals` where
/// int32 would not hold them.
struct DicomFrame {
  std::vector<int32_t> integers;
  std::vector<double> reals;
  std::string photometric;  ///< After decompression, which may change it.
};

/// @param frame from 0.
Result<DicomFrame> read_frame(const DicomFile& file, const DicomPixels& pixels,
                              int64_t frame);

}  // namespace medgraft::image
