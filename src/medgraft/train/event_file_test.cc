#include "medgraft/train/event_file.h"

#include <gtest/gtest.h>

namespace medgraft::train {
namespace {

// RFC 3720, section B.4, and the usual check value.
TEST(EventFileTest, ChecksumsAreThePublishedOnes) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

TEST(EventFileTest, RecordHoldsLengthAndEvent) {
  const auto record = scalar_event(1.5, 7, "loss", 0.25F);
  const auto length = static_cast<unsigned char>(record[0]);
  EXPECT_EQ(record.size(), 8u + 4 + length + 4);
  EXPECT_NE(record.find("loss"), std::string::npos);
  EXPECT_NE(version_event(0).find("brain.Event:2"), std::string::npos);
}

}  // namespace
}  // namespace medgraft::train
