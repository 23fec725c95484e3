// What stands in for dicom*.cc in a build without MEDGRAFT_DICOM.
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/decode/dicom_tags.h"

namespace medgraft::image {
namespace {

Failure not_built() { return {"this build reads no DICOM (MEDGRAFT_DICOM is off)"}; }

}  // namespace

Result<Image> decode_dicom(std::span<const std::byte>, const DecodeOptions&) {
  return not_built();
}

Result<Header> read_dicom_header(std::span<const std::byte>) { return not_built(); }

Result<std::map<std::string, std::string>> read_dicom_tags(std::span<const std::byte>,
                                                           std::span<const std::string>) {
  return not_built();
}

}  // namespace medgraft::image
