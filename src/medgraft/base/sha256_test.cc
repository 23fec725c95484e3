#include "medgraft/base/sha256.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft {
namespace {

// FIPS 180-4's examples.
TEST(Sha256Test, GivesThePublishedDigests) {
  EXPECT_EQ(sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Test, PiecesGiveTheSameAsTheWhole) {
  EXPECT_EQ(Sha256().update("a").update("bc").hex(), sha256("abc"));
}

// RFC 4231, test case 2.
TEST(Sha256Test, KeyedHashGivesThePublishedCode) {
  EXPECT_EQ(keyed_hash("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Sha256Test, RefusesAMissingFile) {
  EXPECT_THROW(sha256_of_file("/nonexistent/file"), UserError);
}

}  // namespace
}  // namespace medgraft
