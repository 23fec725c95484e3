#include "medgraft/data/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "medgraft/data/container/image_source.h"
#include "medgraft/data/container/tar.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/scratch_dataset.h"
#include "medgraft/image/resize.h"

namespace medgraft::data {
namespace {

namespace fs = std::filesystem;

const std::string kImages = std::string(MEDGRAFT_TEST_DATA) + "/image";
constexpr auto kManifest =
    "image,case,patient,split,laterality,sex,malignant\n"
    "rgb8.png,a,p1,train,L,F,1\n"
    "gray16.png,a,p1,train,R,F,1\n"
    "gray.jpg,b,p2,val,,M,0\n"
    "palette4.png,c,p3,,,,\n";

std::string info() {
  return text("kind = \"binary\"\nlabels = [\"malignant\"]\nname = \"tiny\"\nroot = \"",
              kImages, "\"\n[preprocess]\neval = \"decode|resize(8)\"\n");
}

class PackTest : public testing::Test {
 protected:
  PackTest() {
    data_.write(info(), kManifest);
    options_.size = 12;
    options_.shard_bytes = 6000;  // Two images or three.
  }
  PackReport pack(const fs::path& folder) {
    fs::create_directories(folder);
    return pack_dataset(data_.path(), folder, options_);
  }
  // @return every file's name and bytes.
  static std::map<std::string, std::string> files(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      files[entry.path().filename().string()] = read_file(entry.path());
    }
    return files;
  }

  ScratchDataset data_, out_;
  PackOptions options_;
};

TEST_F(PackTest, IsADataSetLikeTheFirst) {
  const auto report = pack(out_.path());
  EXPECT_EQ(report.num_images, 4);
  EXPECT_GE(report.num_shards, 2);
  const auto packed = read_dataset(out_.path());
  const auto original = read_dataset(data_.path());
  EXPECT_EQ(packed.info.name, "tiny");
  EXPECT_EQ(packed.info.eval_preprocess, "decode|resize(8)");
  ASSERT_EQ(packed.cases.size(), original.cases.size());
  for (size_t i = 0; i < packed.cases.size(); ++i) {
    EXPECT_EQ(packed.cases[i].id, original.cases[i].id);
    EXPECT_EQ(packed.cases[i].patient, original.cases[i].patient);
    EXPECT_EQ(packed.cases[i].split, original.cases[i].split);
    EXPECT_EQ(packed.cases[i].images, original.cases[i].images);
  }
  EXPECT_EQ(packed.images[0].path, "shard-000000.tar#000000000.png");
  EXPECT_EQ(packed.images[0].laterality, "L");
}

TEST_F(PackTest, HoldsTheResizedPixelsAtTheirDepth) {
  pack(out_.path());
  const auto packed = read_dataset(out_.path()), original = read_dataset(data_.path());
  const ImageSource from(original.info.root), to(packed.info.root);
  for (size_t i = 0; i < 4; ++i) {
    SCOPED_TRACE(original.images[i].path);
    const int bits = original.images[i].path == "gray16.png" ? 16 : 8;
    EXPECT_EQ(to.header(packed.images[i].path).value().bit_depth, bits);
    const auto expected =
        image::resize(from.decode(original.images[i].path).value(), 12, 12);
    const auto image = to.decode(packed.images[i].path).value();
    ASSERT_EQ(image.pixels.size(), expected.pixels.size());
    for (size_t k = 0; k < image.pixels.size(); ++k) {
      ASSERT_NEAR(image.pixels[k], expected.pixels[k], 0.5001 / (std::exp2(bits) - 1));
    }
  }
}

TEST_F(PackTest, DescribesEachImageForOtherPrograms) {
  pack(out_.path());
  const TarFile shard(out_.path() / "shard-000000.tar");
  EXPECT_EQ(shard.members()[0], "000000000.png");
  EXPECT_EQ(shard.members()[1], "000000000.json");
  EXPECT_EQ(shard.members()[2], "000000000.cls");
  const auto bytes = shard.read("000000000.json").value();
  const auto facts =
      nlohmann::json::parse(reinterpret_cast<const char*>(bytes.data()),
                            reinterpret_cast<const char*>(bytes.data()) + bytes.size());
  EXPECT_EQ(facts["case"], "a");
  EXPECT_EQ(facts["patient"], "p1");
  EXPECT_EQ(facts["split"], "train");
  EXPECT_EQ(facts["laterality"], "L");
  EXPECT_EQ(facts["attributes"]["sex"], "F");
  EXPECT_EQ(facts["labels"]["malignant"], 1);
  EXPECT_EQ(shard.read("000000000.cls").value(), std::vector{std::byte{'1'}});
}

TEST_F(PackTest, BoundsItsShardsAndGivesTheSameBytesOnAnyThreads) {
  pack(out_.path() / "one");
  const auto expected = files(out_.path() / "one");
  for (const auto& [name, bytes] : expected) {
    if (name.ends_with(".tar")) {
      EXPECT_LE(bytes.size(), 6000U) << name;
    }
  }
  options_.threads = 3;
  pack(out_.path() / "three");
  EXPECT_EQ(files(out_.path() / "three"), expected);
}

TEST_F(PackTest, GoesOnWhereItWasKilled) {
  const auto report = pack(out_.path());
  const auto expected = files(out_.path());
  for (auto shard = report.num_shards - 1; shard >= 0; --shard) {
    fs::remove(out_.path() / text("shard-00000", shard, ".tar"));
    fs::remove(out_.path() / "manifest.csv");
    write_file_atomically(out_.path() / "shard-000009.tar.1.tmp", "half");
    const auto again = pack(out_.path());
    EXPECT_EQ(again.num_images, 4);
    EXPECT_LT(again.num_resumed, 4);
    EXPECT_EQ(again.num_resumed > 0, shard > 0);
    EXPECT_EQ(files(out_.path()), expected);
  }
  EXPECT_EQ(pack(out_.path()).num_resumed, 4);
}

TEST_F(PackTest, KeepsTheAspectAndEnlargesNothingWhereAsked) {
  options_.keep_aspect = true;  // The images are 19 x 23; the JPEG is 37 x 45.
  pack(out_.path() / "small");
  const ImageSource small(out_.path() / "small");
  auto header = small.header("shard-000000.tar#000000000.png").value();
  EXPECT_EQ(header.height, 12);
  EXPECT_EQ(header.width, 15);
  options_.size = 30;
  pack(out_.path() / "large");
  header =
      ImageSource(out_.path() / "large").header("shard-000000.tar#000000000.png").value();
  EXPECT_EQ(header.height, 19);
  EXPECT_EQ(header.width, 23);
}

TEST_F(PackTest, RefusesAFolderOfSomethingElse) {
  pack(out_.path() / "packed");
  options_.size = 13;
  EXPECT_NE(complaint([&] { pack(out_.path() / "packed"); }).find("other options"),
            std::string::npos);
  options_.force = true;
  EXPECT_EQ(pack(out_.path() / "packed").num_resumed, 0);
  options_.force = false;
  EXPECT_NE(complaint([&] { pack(data_.path()); }).find("not empty"), std::string::npos);
  options_.bits = 12;
  EXPECT_NE(complaint([&] { pack(out_.path() / "new"); }).find("8 and 16 are accepted"),
            std::string::npos);
}

TEST_F(PackTest, LeavesOutNoMoreThanIsAllowed) {
  data_.write(info(), std::string(kManifest) + "bad_truncated.png,d,p4,train,,,0\n");
  EXPECT_NE(complaint([&] { pack(out_.path() / "strict"); }).find("bad_truncated.png"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(out_.path() / "strict" / "manifest.csv"));
  options_.max_unreadable = 1;
  const auto report = pack(out_.path() / "lenient");
  EXPECT_EQ(report.num_images, 4);
  EXPECT_EQ(report.unreadable.size(), 1U);
  EXPECT_EQ(read_dataset(out_.path() / "lenient").images.size(), 4U);
}

}  // namespace
}  // namespace medgraft::data
