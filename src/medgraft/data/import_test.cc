#include "medgraft/data/import.h"

#include <gtest/gtest.h>

#include "medgraft/base/npz.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/recipe.h"
#include "medgraft/data/scratch_dataset.h"

namespace medgraft::data {
namespace {

namespace fs = std::filesystem;
const fs::path kFolder = fs::path(MEDGRAFT_TEST_DATA) / "data";

ImportReport import(const std::string& recipe, const std::vector<std::string>& settings,
                    const fs::path& root, const fs::path& out) {
  auto document = read_recipe(recipe);
  for (const auto& setting : settings) config::override_value(document, setting);
  return import_dataset(document, root, out);
}

std::string import_complaint(const std::string& recipe,
                             const std::vector<std::string>& settings,
                             const fs::path& root) {
  ScratchDataset scratch;
  return complaint([&] { import(recipe, settings, root, scratch.path()); });
}

TEST(Import, KnowsTheFoldersOfBusiAndLeavesMasksOut) {
  ScratchDataset scratch;
  for (const auto& root : {kFolder / "busi", kFolder / "busi/Dataset_BUSI_with_GT"}) {
    const auto report = import("busi", {}, root, scratch.path());
    EXPECT_EQ(report.num_images, 9);
    EXPECT_EQ(report.positives.at("malignant"), 3);
    EXPECT_EQ(report.num_patients, -1);
    const auto dataset = read_dataset(scratch.path());
    EXPECT_EQ(dataset.info.name, "busi");
    EXPECT_EQ(dataset.images[3].path, "malignant/malignant (1).png");
    EXPECT_EQ(dataset.cases[3].labels[0], 1);
    EXPECT_EQ(dataset.cases[8].labels[0], 0);
    EXPECT_TRUE(fs::exists(dataset.info.root / dataset.images[3].path));
  }
}

TEST(Import, MapsThePositiveCodeOfMedmnistToOne) {
  ScratchDataset scratch;
  const auto root = kFolder / "pneumonia";
  const auto labels = NpzReader(root / "pneumoniamnist.npz").read("train_labels");
  for (const auto& [setting, label, positive] :
       {std::tuple{"positive=pneumonia", "pneumonia", 1},
        {"positive=1", "pneumonia", 1},
        {"positive=0", "normal", 0},
        {"positive=normal", "normal", 0}}) {
    SCOPED_TRACE(setting);
    const auto report = import("medmnist", {setting}, root, scratch.path());
    EXPECT_EQ(report.splits,
              (std::map<std::string, int64_t>{{"train", 10}, {"val", 4}, {"test", 4}}));
    const auto dataset = read_dataset(scratch.path());
    EXPECT_EQ(dataset.info.labels, std::vector<std::string>{label});
    EXPECT_FALSE(dataset.info.patients_are_known);
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(dataset.images[i].path, text("pneumoniamnist.npz#train_images/", i));
      EXPECT_EQ(dataset.cases[i].labels[0] == 1,
                std::to_integer<int>(labels[i]) == positive);
    }
  }
  const auto report =
      import("medmnist", {"positive=0", "label=healthy"}, root, scratch.path());
  EXPECT_EQ(report.labels, std::vector<std::string>{"healthy"});
}

TEST(Import, AsksWhichOfTwoCodesIsPositive) {
  const auto root = kFolder / "pneumonia";
  EXPECT_NE(import_complaint("medmnist", {}, root).find("say which is positive"),
            std::string::npos);
  EXPECT_NE(import_complaint("medmnist", {"positive=pneumona"}, root)
                .find("did you mean \"pneumonia\""),
            std::string::npos);
  ScratchDataset scratch;
  const auto report = import("medmnist", {"kind=multiclass"}, root, scratch.path());
  EXPECT_EQ(report.labels, (std::vector<std::string>{"normal", "pneumonia"}));
}

TEST(Import, ReadsAnNpzOfManyLabels) {
  ScratchDataset scratch;
  const auto report =
      import("medmnist", {"npz.file=many_labels.npz", "classes=[\"a\", \"b\", \"c\"]"},
             kFolder, scratch.path());
  EXPECT_EQ(report.kind, "multilabel");
  const auto dataset = read_dataset(scratch.path());
  const auto labels = NpzReader(kFolder / "many_labels.npz").read("val_labels");
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(dataset.cases[3 + i / 3].labels[i % 3], std::to_integer<int>(labels[i]));
  }
}

TEST(Import, DropsTrainingImagesThatValidationRepeats) {
  ScratchDataset scratch;
  const auto report = import("medmnist", {"positive=1", "drop_train_repeats=true"},
                             kFolder / "pneumonia", scratch.path());
  EXPECT_EQ(report.dropped_repeats, 2);
  EXPECT_EQ(report.splits.at("train"), 8);
  EXPECT_EQ(report.splits.at("val"), 4);
  for (const auto& image : read_dataset(scratch.path()).images) {
    EXPECT_NE(image.path, "pneumoniamnist.npz#train_images/2");
    EXPECT_NE(image.path, "pneumoniamnist.npz#train_images/7");
  }
}

TEST(Import, GivesTheSameBytesEachTime) {
  ScratchDataset first, second;
  import("busi", {}, kFolder / "busi", first.path());
  import("busi", {}, kFolder / "busi", second.path());
  for (const auto* file : {"manifest.csv", "dataset.toml"}) {
    EXPECT_EQ(read_file(first.path() / file), read_file(second.path() / file));
  }
}

TEST(Import, FindsSplitsAndClassesInFolders) {
  ScratchDataset source, out;
  for (const auto* path : {"set/train/cat/P1_1.png", "set/train/dog/P2_1.png",
                           "set/validation/cat/P1_2.png", "set/Test/dog/deep/P3_1.PNG"}) {
    fs::create_directories((source.path() / path).parent_path());
    fs::copy_file(fs::path(MEDGRAFT_TEST_DATA) / "image/gray8.png", source.path() / path);
  }
  const auto report =
      import("image-folder", {"patient={from=\"stem\", regex=\"^(P[0-9]+)_\"}"},
             source.path(), out.path());
  EXPECT_EQ(report.kind, "multiclass");
  EXPECT_EQ(report.labels, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(report.splits,
            (std::map<std::string, int64_t>{{"train", 2}, {"val", 1}, {"test", 1}}));
  EXPECT_EQ(report.num_patients, 3);
  EXPECT_EQ(report.patients_across_splits, 1);
  const auto dataset = read_dataset(out.path(), {.allow_patient_leaks = true});
  EXPECT_EQ(dataset.info.name, "set");
  EXPECT_EQ(dataset.images[0].path, "Test/dog/deep/P3_1.PNG");
  EXPECT_EQ(dataset.cases[0].labels[0], 1);
  EXPECT_NE(import_complaint("image-folder", {}, out.path()).find("no class folders"),
            std::string::npos);
}

class TableImport : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(source_.path() / "images");
    for (const auto* name : {"a_1", "a_2", "b_1"}) {
      fs::copy_file(fs::path(MEDGRAFT_TEST_DATA) / "image/gray8.png",
                    source_.path() / "images" / (std::string(name) + ".png"));
    }
    write_file_atomically(source_.path() / "meta.csv",
                          "id,dx,found,sex,visit,edema\n"
                          "a_1,mel,Mass|Edema,male,v1,1.0\n"
                          "a_2,nv,No Finding,male,v2,-1.0\n"
                          "b_1,bcc,Massive,female,v3,\n");
    write_file_atomically(source_.path() / "recipe.toml", kRecipe);
  }

  static constexpr const char* kRecipe = R"(
name = "mine"
image = "images/{id}.png"
case = "{visit}"
patient = { from = "id", regex = '^(\w)_' }
split = { from = "id", map = { a_1 = "train", a_2 = "train" }, default = "test" }
labels = [
  { name = "malignant", from = "dx", positive = ["mel", "bcc"], negative = ["nv"] },
  { name = "mass", from = "found", contains = "Mass" },
  { name = "edema" },
]
blank = { edema = "zero" }
[columns]
sex = { from = "sex", map = { male = "M", female = "F" } }
[table]
file = "meta.csv"
)";
  ScratchDataset source_, out_;
};

TEST_F(TableImport, MapsColumnsByTheUsersRecipe) {
  const auto report =
      import((source_.path() / "recipe.toml").string(), {}, source_.path(), out_.path());
  EXPECT_EQ(report.num_patients, 2);
  EXPECT_EQ(read_file(out_.path() / "manifest.csv"),
            "image,case,patient,split,sex,malignant,mass,edema\n"
            "images/a_1.png,v1,a,train,M,1,1,1\n"
            "images/a_2.png,v2,a,train,M,0,0,-1\n"
            "images/b_1.png,v3,b,test,F,1,0,\n");
  const auto dataset = read_dataset(out_.path());
  EXPECT_EQ(dataset.info.blank.at("edema"), "zero");
  EXPECT_EQ(dataset.info.attributes.at(0).name, "sex");
  EXPECT_TRUE(dataset.info.attributes.at(0).bin_edges.empty());
}

TEST_F(TableImport, GroupsAgesByTheUsualEdges) {
  import((source_.path() / "recipe.toml").string(), {"columns={age=\"50\"}"},
         source_.path(), out_.path());
  EXPECT_EQ(read_dataset(out_.path()).info.attributes.at(0).bin_edges,
            (std::vector<double>{20, 40, 60, 80}));
}

TEST_F(TableImport, NamesTheRowOrLineAtFault) {
  const auto recipe = (source_.path() / "recipe.toml").string();
  const std::pair<std::vector<std::string>, std::string> kCases[] = {
      {{"patient={from=\"idd\"}"}, "no field \"idd\"; did you mean \"id\"?"},
      {{"labels=[{name=\"x\", from=\"dx\"}]"}, "meta.csv:2: label \"x\" is \"mel\""},
      {{"image=\"{id}.jpg\""}, "3 of 3 images are not below"},
      {{"split=\"{sex}\""}, "meta.csv:2: split \"male\""},
      {{"patient={from=\"id\", regex=\"(\"}"}, "not a regular expression"},
      {{"table.file=absent.csv"}, "no table absent.csv"},
      {{"npz.is_used=true"}, "names 2 sources"},
      {{"colums.sex=\"{sex}\""}, "did you mean \"columns\""},
      {{"patient={from=\"id\", regex=\"^z\"}"}, "meta.csv:2: no patient"},
  };
  for (const auto& [settings, expected] : kCases) {
    const auto message = import_complaint(recipe, settings, source_.path());
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

TEST_F(TableImport, WritesNothingWhereItFails) {
  const auto recipe = (source_.path() / "recipe.toml").string();
  import(recipe, {}, source_.path(), out_.path());
  const auto before = read_file(out_.path() / "manifest.csv");
  // Rows of one case with different labels: found only when the manifest is read back.
  EXPECT_NE(complaint([&] {
              import(recipe, {"case=\"same\""}, source_.path(), out_.path());
            }).find("of one case"),
            std::string::npos);
  EXPECT_EQ(read_file(out_.path() / "manifest.csv"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(out_.path()), fs::directory_iterator()),
            2);
}

}  // namespace
}  // namespace medgraft::data
