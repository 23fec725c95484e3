#include "medgraft/image/decode/dicom_tags.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(MEDGRAFT_TEST_DATA) / "image" / "dicom";

std::map<std::string, std::string> tags_of(const std::string& name,
                                           std::vector<std::string> keywords) {
  const auto bytes = read_file(kFolder / name);
  return read_dicom_tags(std::as_bytes(std::span(bytes)), keywords).value();
}

TEST(DicomTags, ReadsTextAndNumbersInEveryEncoding) {
  for (const auto* name :
       {"MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm"}) {
    SCOPED_TRACE(name);
    const auto tags = tags_of(name, {"PatientID", "Modality", "Rows", "ImageType",
                                     "PixelSpacing", "AccessionNumber"});
    EXPECT_EQ(tags.at("PatientID"), "4MR1");
    EXPECT_EQ(tags.at("Modality"), "MR");
    EXPECT_EQ(tags.at("Rows"), "64");
    EXPECT_EQ(tags.at("ImageType"), "DERIVED\\SECONDARY\\OTHER");
    EXPECT_EQ(tags.at("PixelSpacing"), "0.3125\\0.3125");
    EXPECT_EQ(tags.at("AccessionNumber"), "");
  }
}

TEST(DicomTags, ReadsAFileWhosePixelsAreCutOff) {
  EXPECT_EQ(tags_of("MR_truncated.dcm", {"PatientID"}).at("PatientID"), "4MR1");
}

TEST(DicomTags, SuggestsTheNearestKeyword) {
  try {
    tags_of("MR_small_RLE.dcm", {"PatientId"});
    FAIL() << "no exception";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("\"PatientID\""), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace medgraft::image
