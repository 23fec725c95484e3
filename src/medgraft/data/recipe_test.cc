#include "medgraft/data/recipe.h"

#include <gtest/gtest.h>

#include "medgraft/base/atomic_file.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/import.h"
#include "medgraft/data/scratch_dataset.h"

namespace medgraft::data {
namespace {

namespace fs = std::filesystem;

class RecipeTest : public testing::Test {
 protected:
  void SetUp() override {
    add("t.csv",
        "Image,person,split,finding,date\n"
        "a.png,p1,train,1,2018-05-01\n"
        "b.png,p1,train,0,2019-05-01\n"
        "c.png,p2,test,,2020-05-01\n");
    for (const auto* name : {"a.png", "b.png", "c.png"}) add(name, "an image");
  }

  void add(const fs::path& name, const std::string& content) const {
    fs::create_directories((source_.path() / name).parent_path());
    write_file_atomically(source_.path() / name, content);
  }

  // A recipe of the lines that every test needs and those of its own.
  ImportReport import(const std::string& lines, const std::string& tables = "") const {
    std::string recipe = "name = \"x\"\n" + lines + "\n";
    for (const auto& [key, usual] : {std::pair{"image", "'{Image}'"},
                                     {"patient", "'{person}'"},
                                     {"labels", "['finding']"}}) {
      if (lines.find(std::string(key) + " = ") == std::string::npos) {
        recipe += std::string(key) + " = " + usual + "\n";
      }
    }
    recipe += tables.find("tables]]") == std::string::npos &&
                      tables.find("[table]") == std::string::npos
                  ? "[table]\nfile = 't.csv'\n"
                  : "";
    return import_dataset(config::parse_toml(recipe + tables, "x.toml", ""),
                          source_.path(), out_.path());
  }

  std::string complaint_of(const std::string& lines,
                           const std::string& tables = "") const {
    return complaint([&] { import(lines, tables); });
  }

  std::string manifest() const { return read_file(out_.path() / "manifest.csv"); }

  ScratchDataset source_, out_;
};

TEST_F(RecipeTest, NamesTheLineAndTheNearestKnownName) {
  const std::tuple<std::string, std::string, std::string> kCases[] = {
      {"selec = []", "", "x.toml:2: selec is not a known key; did you mean \"select\"?"},
      {"", "[[join]]\nfile = 't.csv'\non = 'person'\nmanny = 'each'\n",
       "x.toml:11: join[0].manny is not a known key; did you mean \"many\"?"},
      {"image = '{Imagee}'", "",
       "x.toml:2: image cannot be read: the source has no field \"Imagee\"; did "
       "you mean \"Image\"?"},
      {"image = '{dat}'", "", "did you mean \"date\"?"},
      {"image = { from = 'Image', regex = '(' }", "", "image.regex is not a regular"},
      {"image = { from = 'Image', regexp = 'x' }", "", "did you mean \"regex\"?"},
      {"select = [{ from = 'date', mni = '2' }]", "", "has none of is, not, min and max"},
      {"select = [{ from = 'date', is = 'x', mni = '2' }]", "",
       "select[0].mni is not a known key"},
      {"select = [{ from = 'date', is = 'never' }]", "", "leaves none of the 3 rows"},
      {"merge = 'best'", "", "merge is \"worst\" or { votes, rater }"},
      {"merge = { votes = 2 }", "", "takes votes, at least 1, and rater"},
      {"", "[[join]]\nfile = 't.csv'\n", "join[0] lacks `on`"},
      {"", "[[join]]\nfile = 't.csv'\non = 'person'\nmany = 'al'\n",
       "join[0].many is \"al\""},
      {"", "[[join]]\nfile = 'gone.csv'\non = 'person'\n", "no table gone.csv"},
      {"", "[[join]]\nfile = 't.csv'\non = 'parson'\n", "did you mean \"person\""},
      {"", "[[tables]]\nfile = 3\n", "tables[0].file is a text or a list of texts"},
      {"variant = 'x'", "", "variant is a list of tables"},
      {"", "[[tables]]\nfile = 't.csv'\ndicom = 'x'\n", "has both `file` and `dicom`"},
      {"", "[[tables]]\ndicom = '.'\n", "lacks `tags`"},
      {"", "[[tables]]\ndicom = '.'\ntags = ['PatientId']\n",
       "unknown DICOM keyword \"PatientId\"; did you mean \"PatientID\"?"},
      {"variant = [{ image = 'x' }]", "", "variant[0] lacks `when`"},
      {"variant = [{ when = 'absent', imge = 'x' }]", "", "imge is not a known key"},
      {"labels = [{ name = 'finding', contians = 'x' }]", "", "contians is not a known"},
  };
  for (const auto& [lines, tables, expected] : kCases) {
    const auto message = complaint_of(lines, tables);
    EXPECT_NE(message.find(expected), std::string::npos) << lines << tables << message;
    EXPECT_LT(message.size(), 600U);
  }
}

TEST_F(RecipeTest, RefusesPathsThatLeadOutOfTheRoot) {
  for (const auto* image : {"'../{Image}'", "'/etc/{Image}'", "'x/../../{Image}'"}) {
    EXPECT_NE(complaint_of(std::string("image = ") + image).find("leads out of the root"),
              std::string::npos)
        << image;
  }
  EXPECT_NE(complaint_of("image_folders = ['..']").find("leads out of the root"),
            std::string::npos);
  for (const auto* file : {"../t.csv", "/t.csv"}) {
    EXPECT_NE(complaint_of("", text("[[tables]]\nfile = '", file, "'\n"))
                  .find("leads out of the root"),
              std::string::npos);
  }
  add("evil.csv", "Image,person,finding\n../a.png,p1,1\n");
  const auto message = complaint_of("", "[[tables]]\nfile = 'evil.csv'\n");
  EXPECT_NE(message.find("evil.csv:2: image"), std::string::npos) << message;
}

TEST_F(RecipeTest, RefusesKeysThatAreMissingOrTwiceUnlessTold) {
  add("j.csv", "person,sex\np1,F\n");
  const std::string join = "[[join]]\nfile = 'j.csv'\non = 'person'\n";
  EXPECT_NE(complaint_of("", join).find("t.csv:4: j.csv has no row for its person"),
            std::string::npos);
  const std::string lines = "columns = { sex = '{sex}' }";
  import(lines, join + "missing = 'blank'\n");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,sex,finding\na.png,a.png,p1,train,F,1\n"
            "b.png,b.png,p1,train,F,0\nc.png,c.png,p2,test,,\n");
  EXPECT_EQ(import(lines, join + "missing = 'drop'\n").num_images, 2);

  add("j.csv", "person,sex\np1,F\np2,M\np1,X\n");
  EXPECT_NE(complaint_of("", join).find("j.csv:4: its person stands in an earlier row"),
            std::string::npos);
  import(lines, join + "many = 'first'\n");
  EXPECT_NE(manifest().find("b.png,b.png,p1,train,F,0"), std::string::npos);
  EXPECT_EQ(import(lines, join + "many = 'each'\n").num_images, 5);
}

TEST_F(RecipeTest, GoesOnWithoutAnOptionalTableAndSaysSo) {
  const auto report =
      import("columns = { sex = { from = 'sex', optional = true } }",
             "[[join]]\nfile = 'gone.csv'\non = 'person'\noptional = true\n");
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_NE(report.notes[0].find("gone.csv"), std::string::npos);
}

TEST_F(RecipeTest, FillsBlanksOfAFieldThatTheRowsHaveAlready) {
  add("j.csv", "person,finding\np1,0\np2,1\n");
  import("", "[[join]]\nfile = 'j.csv'\non = 'person'\n");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,finding\na.png,a.png,p1,train,1\n"
            "b.png,b.png,p1,train,0\nc.png,c.png,p2,test,1\n");
}

TEST_F(RecipeTest, SelectsByValueNumberAndDate) {
  EXPECT_EQ(import("select = [{ from = 'date', min = '2018-12-31' }]").num_images, 2);
  EXPECT_EQ(import("select = [{ from = 'date', max = '2019-05-01' }]").num_images, 2);
  EXPECT_EQ(import("select = [{ from = 'finding', not = ['', '0'] }]").num_images, 1);
  const auto report = import("select = [{ from = 'finding', min = 0.5 }]");
  EXPECT_EQ(report.num_images, 1);
  EXPECT_EQ(report.notes.at(0), "left out 2 rows that `select` does not want");
}

TEST_F(RecipeTest, TakesTheWorstRowOfAnImage) {
  add("t.csv",
      "Image,person,finding\na.png,p1,0\na.png,p1,-1\nb.png,p1,\nb.png,p1,0\n"
      "a.png,p1,1\nc.png,p2,\n");
  import("merge = 'worst'");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,finding\na.png,a.png,p1,,1\nb.png,b.png,p1,,0\n"
            "c.png,c.png,p2,,\n");
  add("t.csv", "Image,person,finding\na.png,p1,0\na.png,p2,1\n");
  EXPECT_NE(complaint_of("merge = 'worst'")
                .find("t.csv:3: rows of the image a.png differ "
                      "in their patient"),
            std::string::npos);
}

TEST_F(RecipeTest, CountsEachReaderOnce) {
  add("t.csv",
      "Image,person,reader,finding\na.png,p1,R1,1\na.png,p1,R1,1\na.png,p1,R2,0\n"
      "b.png,p1,R1,1\nb.png,p1,R2,1\nb.png,p1,R3,0\nc.png,p2,,1\n");
  import("merge = { votes = 2, rater = 'reader' }");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,finding\na.png,a.png,p1,,0\nb.png,b.png,p1,,1\n"
            "c.png,c.png,p2,,1\n");
}

TEST_F(RecipeTest, PutsAVariantInPlaceUnlessTheUserSaidOtherwise) {
  const std::string lines = "variant = [{ when = 'c.png', split = 'val', name = 'v' }]";
  EXPECT_EQ(import(lines).name, "v");
  EXPECT_NE(manifest().find("a.png,a.png,p1,val"), std::string::npos);

  auto document = config::parse_toml(
      "name = 'x'\nimage = '{Image}'\npatient = '{person}'\nlabels = ['finding']\n"
      "variant = [{ when = 'c.png', split = 'val', table = { file = 'u.csv' } }]\n"
      "[table]\nfile = 'u.csv'\n",
      "x.toml", "");
  config::override_value(document, "table.file=t.csv");
  EXPECT_EQ(import_dataset(document, source_.path(), out_.path()).splits.at("val"), 3);
}

TEST_F(RecipeTest, ReadsAgesYearsAndRanges) {
  add("t.csv",
      "Image,person,finding,age,born,taken\na.png,p1,1,058Y,1938.0,20140915\n"
      "b.png,p1,0,411,,20140915\nc.png,p2,0,18M,2015,20140101\n");
  import(
      "columns.age = { from = 'age', as = 'age', range = [0, 100] }\n"
      "columns.b = { from = 'taken', years_since = 'born' }");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,age,b,finding\na.png,a.png,p1,,58,76,1\n"
            "b.png,b.png,p1,,,,0\nc.png,c.png,p2,,1,,0\n");
}

TEST_F(RecipeTest, ReadsUncertainWordsListsAndOneHotClasses) {
  add("t.csv",
      "Image,person,word,terms,A,B\na.png,p1,maybe,\"['x y', ' z']\",1.0,0.0\n"
      "b.png,p1,yes,[],0,1\nc.png,p2,no,,0,0\n");
  import(
      "labels = [{ name = 'word', positive = 'yes', negative = 'no', uncertain = "
      "'maybe' }, { name = 'x y', from = 'terms', contains = '{name}', delimiter = ',', "
      "strip = \"[]' \" }, { name = 'zed', from = 'terms', contains = ['z', 'q'], "
      "delimiter = ',', strip = \"[]' \" }]");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,word,x y,zed\na.png,a.png,p1,,-1,1,1\n"
            "b.png,b.png,p1,,1,0,0\nc.png,c.png,p2,,0,,\n");
}

TEST_F(RecipeTest, TakesTheClassWhoseColumnIsOne) {
  add("t.csv", "Image,person,A,B\na.png,p1,1.0,0.0\nb.png,p1,0,1\nc.png,p2,0,0\n");
  const std::string lines = "class = { one_hot = ['A', 'B'] }";
  auto document = config::parse_toml(
      "image = '{Image}'\npatient = '{person}'\n" + lines + "\n[table]\nfile = 't.csv'\n",
      "x.toml", "");
  import_dataset(document, source_.path(), out_.path());
  EXPECT_EQ(manifest(),
            "image,case,patient,split,label\na.png,a.png,p1,,A\nb.png,b.png,p1,,B\n"
            "c.png,c.png,p2,,\n");
  add("t.csv", "Image,person,A,B\na.png,p1,1,1\n");
  EXPECT_NE(complaint([&] {
              import_dataset(document, source_.path(), out_.path());
            }).find("t.csv:2: two classes are 1: A and B"),
            std::string::npos);
}

TEST_F(RecipeTest, RefusesALongTextRatherThanSearchItForever) {
  add("t.csv", "Image,person,finding\n" + std::string(200'000, 'a') + ",p1,1\n");
  const auto message = complaint_of("image = { from = 'Image', regex = '(a|b)*c' }");
  EXPECT_NE(message.find("too long to be searched"), std::string::npos);
}

TEST_F(RecipeTest, DropsBlanksAndColumnsWithoutAName) {
  add("t.csv",
      "\xef\xbb\xbfIMAGE , person,finding,,\r\n a.png ,p1,\"1\n\",,\r\n"
      "b.png,p1,0\r\nc.png,p2,0,,,\r\n");
  import("");
  EXPECT_EQ(manifest(),
            "image,case,patient,split,finding\na.png,a.png,p1,,1\nb.png,b.png,p1,,0\n"
            "c.png,c.png,p2,,0\n");
  add("t.csv", "Image,person,finding\na.png,p1,1,more\n");
  EXPECT_NE(complaint_of("").find("t.csv:2 has 4 fields; the header has 3"),
            std::string::npos);
  add("t.csv", "Image,person,finding\na.png,p1\n");
  EXPECT_NE(complaint_of("").find("has 2 fields"), std::string::npos);
}

TEST_F(RecipeTest, LooksForImagesInFoldersOfAPattern) {
  for (const auto* name : {"parts/one/a.png", "parts/two/b.png", "other/c.png"}) {
    add(name, "an image");
  }
  for (const auto* name : {"a.png", "b.png", "c.png"}) fs::remove(source_.path() / name);
  import("image_folders = ['parts/*', 'o*r', 'absent']");
  EXPECT_NE(manifest().find("\nparts/one/a.png,"), std::string::npos);
  EXPECT_NE(manifest().find("\nother/c.png,"), std::string::npos);
}

TEST(Recipes, AllParseWithAllTheirVariants) {
  ASSERT_GE(builtin_recipes().size(), 20U);
  for (const auto& builtin : builtin_recipes()) {
    SCOPED_TRACE(builtin.name);
    const auto recipe = parse_recipe(read_recipe(std::string(builtin.name)));
    EXPECT_FALSE(recipe.title.empty());
    EXPECT_FALSE(recipe.tree.empty());
    EXPECT_FALSE(recipe.patient.is_null());
  }
  EXPECT_NE(complaint([] { read_recipe("medmnits"); }).find("did you mean \"medmnist\""),
            std::string::npos);
}

}  // namespace
}  // namespace medgraft::data
