#pragma once

#include "medgraft/base/result.h"
#include "medgraft/image/decode/dicom_pixels.h"

namespace medgraft::image {

/// Palettes (whole and segmented), RGB and the YBR models to RGB in [0, 1].
/// @return [rows, columns, 3] values.
Result<std::vector<float>> color_pixels(const DicomDataSet& data,
                                        const DicomPixels& pixels,
                                        const DicomFrame& frame);

}  // namespace medgraft::image
