// What stands in for dicom*.cc in a build without MEDGRAFT_DICOM.
#include "medgraft/image/decode/dicom_elements.h"
#include "medgraft/image/decode/dicom_tags.h"

namespace medgraft::image {
namespace {

Failure not_built() { return {"this build reads no DICOM (MEDGRAFT_DICOM is off)"}; }

}  // namespace

Result<std::map<std::string, std::string>> read_dicom_tags(std::span<const std::byte>,
                                                           std::span<const std::string>) {
  return not_built();
}

}  // namespace medgraft::image
