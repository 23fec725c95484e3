#include "medgraft/data/loader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA);

Dataset make_dataset() {
  Dataset dataset;
  dataset.info.root = kFolder;
  for (const auto* path :
       {"image/rgb8.png", "image/gray.jpg", "image/gray16.png", "data/stored.npz#gray8/2",
        "data/ustar.tar#first.png", "image/bad_truncated.png", "image/absent.png"}) {
    dataset.images.push_back({path, "", "", 0, 0});
  }
  return dataset;
}

std::vector<Draw> make_draws() {
  std::vector<Draw> draws;
  for (uint64_t key = 0; key < 60; ++key) {
    draws.push_back({static_cast<int64_t>(key % 5), key * 7});
  }
  return draws;
}

constexpr auto kProgram =
    "decode|resize(20)|random_crop(16)|hflip|to_rgb|normalize(-1,1)";

TEST(Loader, GivesTheSameWhateverThreadsAndCache) {
  const auto dataset = make_dataset();
  const auto draws = make_draws();
  const Loader plain(dataset, kProgram, {.threads = 1, .cache_bytes = 0});
  auto expected = plain.load(draws);
  for (const int threads : {1, 2, 5}) {
    for (const int64_t cache : {int64_t{0}, int64_t{5000}, int64_t{1} << 30}) {
      SCOPED_TRACE(text(threads, " threads, cache of ", cache));
      const Loader loader(dataset, kProgram, {.threads = threads, .cache_bytes = cache});
      for (int pass = 0; pass < 2; ++pass) {
        auto images = loader.load(draws);
        ASSERT_EQ(images.size(), draws.size());
        for (size_t i = 0; i < images.size(); ++i) {
          ASSERT_TRUE(images[i].has_value()) << images[i].error().reason;
          ASSERT_EQ(images[i].value().pixels, expected[i].value().pixels) << "draw " << i;
        }
      }
    }
  }
}

TEST(Loader, CorruptsWhatAnotherLoaderDecoded) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / text("shared_cache_", ::getpid());
  std::filesystem::create_directories(folder);
  Dataset dataset;
  dataset.info.root = folder;
  dataset.images.push_back({"a.png", "", "", 0, 0});
  const std::vector<Draw> draws = {{0, 3}};
  const auto load = [&](const std::string& step, std::shared_ptr<PreparedCache> cache,
                        const std::string& sized = "resize(20)") {
    const auto program = text("decode|", sized, "|", step, "|to_rgb");
    auto images = Loader(dataset, program, {.cache = std::move(cache)}).load(draws);
    return images[0].has_value() ? images[0].value().pixels : std::vector<float>();
  };
  std::filesystem::copy_file(kFolder / "image/rgb8.png", folder / "a.png");
  const auto expected = load("corrupt_motion(4)", nullptr);
  const auto cache = std::make_shared<PreparedCache>(1 << 20);
  EXPECT_EQ(load("corrupt_blur(2)", cache), load("corrupt_blur(2)", nullptr));
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(load("corrupt_motion(4)", cache), expected);
  EXPECT_TRUE(load("corrupt_motion(4)", cache, "resize(24)").empty());
  EXPECT_TRUE(load("corrupt_motion(4)", nullptr).empty());
}

TEST(Loader, HandsTheManifestsLateralityToThePixels) {
  auto dataset = make_dataset();
  dataset.images[0].laterality = "Right";
  dataset.images[1].laterality = "left";
  const Loader loader(dataset, "decode|resize(8)", {});
  const std::vector<Draw> draws = {{0, 0}, {1, 0}, {2, 0}};
  auto images = loader.load(draws);
  EXPECT_EQ(images[0].value().orientation.laterality, "R");
  EXPECT_EQ(images[1].value().orientation.laterality, "L");
  EXPECT_EQ(images[2].value().orientation.laterality, "");
}

TEST(Loader, ReducesInTrainingAlone) {
  Dataset dataset;
  dataset.info.root = kFolder;
  dataset.images.push_back({"image/flower.jpg", "", "", 0, 0});
  const std::vector<Draw> draws = {{0, 0}};
  const auto pixels = [&](const std::string& program, bool is_training) {
    return Loader(dataset, program, {.is_training = is_training})
        .load(draws)[0]
        .value()
        .pixels;
  };
  EXPECT_NE(pixels("decode|resize(40)", true), pixels("decode|resize(40)", false));
  // Nothing says at which size the crop will be looked at.
  EXPECT_EQ(pixels("decode|center_crop(40)|resize(8)", true),
            pixels("decode|center_crop(40)|resize(8)", false));
}

TEST(Loader, NamesTheImagesThatDoNotDecodeAndGoesOn) {
  const Loader loader(make_dataset(), kProgram, {.threads = 2});
  const std::vector<Draw> draws = {{5, 0}, {0, 1}, {6, 2}};
  auto images = loader.load(draws);
  ASSERT_FALSE(images[0].has_value());
  EXPECT_NE(images[0].error().reason.find("image/bad_truncated.png: damaged"),
            std::string::npos);
  EXPECT_TRUE(images[1].has_value());
  EXPECT_NE(images[2].error().reason.find("image/absent.png: No such file"),
            std::string::npos);
}

TEST(Loader, FailsAnImageTooSmallForTheProgram) {
  const Loader loader(make_dataset(), "decode|random_crop(15)", {});
  const std::vector<Draw> draws = {{4, 0}};
  auto images = loader.load(draws);
  ASSERT_FALSE(images[0].has_value());
  EXPECT_NE(images[0].error().reason.find("too small"), std::string::npos);
}

TEST(Loader, RefusesAnUnknownProgram) {
  EXPECT_THROW(Loader(make_dataset(), "decode|resiz(3)", {}), UserError);
}

TEST(Loader, TakesNoDrawsAtAll) {
  const Loader loader(make_dataset(), kProgram, {.threads = 3});
  EXPECT_TRUE(loader.load({}).empty());
}

}  // namespace
}  // namespace medgraft::data
