#include "medgraft/data/image_list.h"

#include <gtest/gtest.h>

#include "medgraft/data/scratch_dataset.h"

namespace medgraft::data {
namespace {

const std::string kFolder = MEDGRAFT_TEST_DATA;

TEST(ListImages, FindsFilesFoldersTarsAndDataSets) {
  ScratchDataset scratch;
  scratch.write("kind = \"binary\"\nlabels = [\"x\"]\npatient = \"none\"\nroot = \"" +
                    kFolder + "/image\"\n",
                "image,case,x\nrgb8.png,a,1\ngray.jpg,b,0\n");
  const auto busi = kFolder + "/data/busi/Dataset_BUSI_with_GT/normal";
  const auto found =
      list_images({kFolder + "/image/rgb8.png", busi, kFolder + "/data/ustar.tar",
                   kFolder + "/data/stored.npz#gray8/2", scratch.path().string()});
  const std::vector<std::string> expected = {kFolder + "/image/rgb8.png",
                                             busi + "/normal (1).png",
                                             busi + "/normal (2).png",
                                             busi + "/normal (3).png",
                                             kFolder + "/data/ustar.tar#first.png",
                                             kFolder + "/data/ustar.tar#b/second.png",
                                             kFolder + "/data/stored.npz#gray8/2",
                                             kFolder + "/image/rgb8.png",
                                             kFolder + "/image/gray.jpg"};
  EXPECT_EQ(found, expected);
}

TEST(ListImages, NamesWhatIsNotThere) {
  EXPECT_NE(complaint([] { list_images({"absent.png"}); }).find("absent.png"),
            std::string::npos);
  ScratchDataset empty;
  EXPECT_NE(complaint([&] { list_images({empty.path().string()}); }).find("holds no"),
            std::string::npos);
}

}  // namespace
}  // namespace medgraft::data
