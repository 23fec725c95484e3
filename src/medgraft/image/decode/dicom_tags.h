#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "medgraft/base/result.h"

namespace medgraft::image {

/// Reads values of a DICOM file without its pixels, which may even be cut off.
/// @param keywords DICOM keywords of the top level ("PatientID", "StudyDate"), or "View":
/// ViewPosition, else the abbreviation (CC, MLO...) of the code in ViewCodeSequence.
/// @return a value for each keyword, "" where the file has none: without padding, several
/// values separated by \, bytes that are no UTF-8 taken as Latin-1.
/// @throws UserError naming an unknown keyword, with the nearest known.
Result<std::map<std::string, std::string>> read_dicom_tags(
    std::span<const std::byte> file, std::span<const std::string> keywords);

}  // namespace medgraft::image
