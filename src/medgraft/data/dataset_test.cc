#include "medgraft/data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medgraft/base/sha256.h"
#include "medgraft/data/scratch_dataset.h"

namespace medgraft::data {
namespace {

namespace fs = std::filesystem;
const std::string kInfo =
    "name = \"demo\"\nkind = \"multilabel\"\nlabels = [\"a\", \"b\"]\n";
const std::string kHeader = "image,case,patient,split,view,site,sex,a,b\n";

std::string complaint_of(const std::string& info, const std::string& manifest) {
  ScratchDataset scratch;
  scratch.write(info, manifest);
  return complaint([&] { read_dataset(scratch.path()); });
}

TEST(Dataset, ReadsWhatDesignSaysAManifestHolds) {
  ScratchDataset scratch;
  const auto manifest = kHeader +
                        "x/1.png,c1,p1,train,CC,A,F,1,-1\r\n"
                        "\"x/2,b.png\",c1,p1,train,MLO,A,F,1,-1\r\n"
                        "3.png,c2,p2,val,,B,,0.0,\n";
  scratch.write(
      kInfo + "attributes = [\"sex\"]\nuncertain = \"ones\"\n[blank]\nb = \"zero\"\n",
      manifest);
  const auto dataset = read_dataset(scratch.path() / "dataset.toml");
  ASSERT_EQ(dataset.cases.size(), 2U);
  ASSERT_EQ(dataset.images.size(), 3U);
  EXPECT_EQ(dataset.images[1].path, "x/2,b.png");
  EXPECT_EQ(dataset.images[1].view, "MLO");
  EXPECT_EQ(dataset.images[1].line, 3);
  EXPECT_EQ(dataset.cases[0].images, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(dataset.cases[0].labels, (std::vector<float>{1, -1}));
  EXPECT_EQ(dataset.cases[0].attributes, std::vector<std::string>{"F"});
  EXPECT_EQ(dataset.cases[1].labels[0], 0);
  EXPECT_TRUE(std::isnan(dataset.cases[1].labels[1]));
  EXPECT_EQ(dataset.cases[1].site, "B");
  EXPECT_EQ(dataset.cases_of(Split::kVal), std::vector<int64_t>{1});
  EXPECT_EQ(dataset.info.uncertain.at("a"), "ones");
  EXPECT_EQ(dataset.info.blank.at("a"), "mask");
  EXPECT_EQ(dataset.info.blank.at("b"), "zero");
  EXPECT_EQ(dataset.info.patient_namespace, "demo");
  EXPECT_EQ(dataset.info.root, scratch.path());
  EXPECT_EQ(dataset.manifest_sha256, sha256(manifest));
}

TEST(Dataset, ReadsClassesAndSetsWithoutPatients) {
  ScratchDataset scratch;
  scratch.write(
      "kind = \"multiclass\"\nlabels = [\"cat\", \"dog\"]\npatient = \"none\"\nroot = "
      "\"..\"\n"
      "attributes = { age = [40, 60], sex = \"category\" }\n",
      "image,case,age,sex,label\n1.png,1,50,F,dog\n2.png,2,,,cat\n3.png,3,,,\n");
  const auto dataset = read_dataset(scratch.path());
  EXPECT_FALSE(dataset.info.patients_are_known);
  EXPECT_EQ(dataset.cases[0].labels[0], 1);
  EXPECT_EQ(dataset.cases[1].labels[0], 0);
  EXPECT_TRUE(std::isnan(dataset.cases[2].labels[0]));
  EXPECT_EQ(dataset.info.attributes[0].bin_edges, (std::vector<double>{40, 60}));
  EXPECT_EQ(dataset.info.root, fs::weakly_canonical(scratch.path()) / "..");
  EXPECT_EQ(dataset.cases[0].split, Split::kNone);
}

TEST(Dataset, RefusesBadManifestsByLineAndColumn) {
  const auto row = [](const std::string& tail) {
    return kHeader + "1.png,c,p,train,,,," + tail;
  };
  const std::pair<std::string, std::string> kCases[] = {
      {row("1,2\n"), "manifest.csv:2, column 9 (\"b\"): \"2\" is not a label"},
      {row("yes,0\n"), "column 8 (\"a\"): \"yes\""},
      {row("0\n"), "manifest.csv:2 has 8 fields; the header has 9"},
      {kHeader + "1.png,c,p,valid,,,,0,0\n", "\"valid\" is not train, val, test"},
      {kHeader + "1.png,c,,train,,,,0,0\n", "column 3 (\"patient\"): is blank"},
      {kHeader + ",c,p,train,,,,0,0\n", "column 1 (\"image\"): is blank"},
      {kHeader, "a header and no rows"},
      {"", "empty"},
      {"image,case,split,a,b\n1.png,c,train,0,0\n", "no column \"patient\""},
      {"image,case,patient,a\n1.png,c,p,0\n", "no column \"b\""},
      {row("0,0\n") + "2.png,c,q,train,,,,0,0\n",
       "manifest.csv:3: this row and line 2 are of "
       "one case and state a different patient"},
      {row("0,0\n") + "2.png,c,p,val,,,,0,0\n", "different split"},
      {row("0,0\n") + "2.png,c,p,train,,,,0,\n", "different label \"b\""},
      {row("0,0\n") + "2.png,d,p,val,,,,0,0\n",
       "1 patient in more than one split, for instance in lines 2 and 3"},
  };
  for (const auto& [manifest, expected] : kCases) {
    const auto message = complaint_of(kInfo, manifest);
    EXPECT_NE(message.find(expected), std::string::npos) << message;
    EXPECT_LT(message.size(), 600U);
  }
}

TEST(Dataset, RefusesBadDescriptionsByLine) {
  const std::string manifest = kHeader + "1.png,c,p,train,,,,0,0\n";
  const std::pair<std::string, std::string> kCases[] = {
      {kInfo + "licence = \"x\"\n",
       "dataset.toml:4: licence is not a known key; did you mean "
       "\"license\"?"},
      {"kind = \"binary\"\nlabels = [\"a\", \"b\"]\n", "a binary set has one"},
      {"kind = \"bilabel\"\nlabels = [\"a\"]\n",
       "kind is binary, multilabel or multiclass"},
      {"kind = \"binary\"\n", "labels is missing"},
      {kInfo + "uncertain = \"maybe\"\n", "uncertain is ignore, zeros"},
      {kInfo + "[uncertain]\nc = \"ones\"\n", "uncertain.c is not a label"},
      {kInfo + "blank = \"one\"\n", "blank is mask or zero"},
      {kInfo + "patient = \"nobody\"\n", "patient is \"none\" or left out"},
      {kInfo + "patient = \"none\"\n", "names a patient, but dataset.toml says"},
      {kInfo + "attributes = [\"race\"]\n", "no column \"race\""},
      {kInfo + "manifest = \"other.csv\"\n", "cannot read"},
      {"labels = [\n", "not valid TOML"},
  };
  for (const auto& [info, expected] : kCases) {
    const auto message = complaint_of(info, manifest);
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
  EXPECT_NE(complaint([] { read_dataset("no/such/folder"); }).find("no data set at"),
            std::string::npos);
}

TEST(Dataset, LetsLeaksThroughWhereAllowed) {
  ScratchDataset scratch;
  scratch.write(kInfo, kHeader +
                           "1.png,c,p,train,,,,0,0\n2.png,d,p,test,,,,0,0\n"
                           "3.png,e,q,val,,,,0,0\n4.png,f,p,,,,,0,0\n");
  const auto dataset = read_dataset(scratch.path(), {.allow_patient_leaks = true});
  const auto leaks = find_patient_leaks(dataset);
  EXPECT_EQ(leaks.num_patients, 1);
  EXPECT_EQ(leaks.first_line, 2);
  EXPECT_EQ(leaks.second_line, 3);
  const auto message = complaint([&] { read_dataset(scratch.path()); });
  EXPECT_EQ(message.find(",p,"), std::string::npos);  // No identifier in the message.
}

}  // namespace
}  // namespace medgraft::data
