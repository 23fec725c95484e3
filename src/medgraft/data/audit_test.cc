#include "medgraft/data/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "medgraft/base/rng.h"
#include "medgraft/data/scratch_dataset.h"
#include "medgraft/image/encode_png.h"
#include "medgraft/image/resize.h"
#include "medgraft/image/transform.h"

namespace medgraft::data {
namespace {

using Names = std::set<std::string>;

/// @return a smooth picture of its own: a few waves of random direction.
image::Image picture(uint64_t seed, int64_t side = 48, int64_t channels = 1) {
  constexpr int kWaves = 6;
  Rng rng(mix_key({seed}));
  image::Image out{side, side, channels, {}};
  out.pixels.assign(static_cast<size_t>(side * side * channels), 0.5F);
  for (int wave = 0; wave < kWaves; ++wave) {
    const double down = rng.uniform(-6, 6), right = rng.uniform(-6, 6);
    const double phase = rng.uniform(0, 6.28), height = rng.uniform(0.02, 0.08);
    for (int64_t y = 0; y < side; ++y) {
      for (int64_t x = 0; x < side; ++x) {
        const auto value = static_cast<float>(
            height * std::sin(phase + (down * static_cast<double>(y) +
                                       right * static_cast<double>(x)) /
                                          static_cast<double>(side)));
        for (int64_t c = 0; c < channels; ++c) out.at(y, x, c) += value;
      }
    }
  }
  return out;
}

/// @return the picture with a few pixels of text burnt in: another picture, nearly equal.
image::Image with_marker(image::Image image) {
  constexpr int64_t kMarker = 2;
  for (int64_t y = 0; y < kMarker; ++y) {
    for (int64_t x = 0; x < kMarker; ++x) image.at(y, x, 0) = 0.6F;
  }
  return image;
}

/// A folder of pictures with a manifest, written row by row.
class Planted {
 public:
  explicit Planted(std::string info = "", std::string header = "ill")
      : info_(std::move(info)), manifest_("image,case,patient,split," + header + "\n") {}

  void add(const std::string& name, const image::Image& image, const std::string& patient,
           const std::string& split, const std::string& labels) {
    write_file_atomically(scratch_.path() / name, image::encode_png(image));
    add_row(name, patient, split, labels);
  }
  void add_row(const std::string& name, const std::string& patient,
               const std::string& split, const std::string& labels) {
    manifest_ += text(name, ",", name, ",", patient, ",", split, ",", labels, "\n");
  }
  void write_file(const std::string& name, const std::string& content) {
    write_file_atomically(scratch_.path() / name, content);
  }
  Dataset read() {
    scratch_.write(info_.find("kind") == std::string::npos
                       ? "kind = \"binary\"\nlabels = [\"ill\"]\n" + info_
                       : info_,
                   manifest_);
    return read_dataset(scratch_.path(), {.allow_patient_leaks = true});
  }

 private:
  ScratchDataset scratch_;
  std::string info_, manifest_;
};

Names names(const nlohmann::json& item) {
  Names out;
  for (const auto& image : item["images"]) out.insert(image["image"].get<std::string>());
  return out;
}

nlohmann::json audit_of(const std::vector<Dataset>& sets, bool with_pixels = true) {
  AuditOptions options;
  options.with_pixels = with_pixels;
  options.threads = 3;
  return audit_json(sets, audit(sets, options));
}

// Each with nothing found but what `expected` names.
void expect_counts(const nlohmann::json& found,
                   const std::map<std::string, int64_t>& expected) {
  for (const auto& [key, value] : found.items()) {
    if (!value.is_object()) continue;
    const auto known = expected.find(key);
    EXPECT_EQ(value["count"], known == expected.end() ? 0 : known->second) << key;
    EXPECT_EQ(value["items"].size(), value["count"]) << key;
  }
}

TEST(Audit, FindsNothingInAHonestSet) {
  Planted set;
  for (uint64_t i = 0; i < 40; ++i) {
    set.add(text(i, ".png"), picture(i), text("p", i / 2),
            i < 20   ? "train"
            : i < 30 ? "val"
                     : "test",
            text(i % 2));
  }
  const auto found = audit_of({set.read()});
  expect_counts(found, {});
  EXPECT_EQ(found["leaks"], 0);
  EXPECT_EQ(found["near_search_complete"], true);
}

TEST(Audit, FindsEachPlantedFault) {
  Planted set;
  set.add("a.png", picture(1), "p1", "train", "0");
  set.add("a2.png", picture(1), "p2", "train", "0");           // A repeat.
  set.add("a-rgb.png", picture(1, 48, 3), "p3", "test", "0");  // The same in color.
  set.add("b.png", picture(2), "p4", "train", "1");
  set.add("b-marked.png", with_marker(picture(2)), "p5", "val", "0");
  set.add("c.png", picture(3), "p6", "train", "0");
  set.add("c2.png", picture(4), "p6", "test", "0");  // A patient in two.
  set.add("d.png", picture(5), "p7", "val", "1");
  set.add("d2.png", image::flip_horizontally(picture(5)), "p8", "test", "1");
  set.add("e.png", picture(6), "p9", "val", "1");
  set.add("e-large.png", image::resize(picture(6), 60, 60), "p9", "val", "1");
  set.add("unused.png", picture(7), "p10", "", "1");
  set.add("unused2.png", picture(7), "p11", "train", "");  // No split: no leak.
  set.add_row("gone.png", "p12", "test", "1");
  set.write_file("broken.png", "no image");
  set.add_row("broken.png", "p13", "test", "1");
  const auto found = audit_of({set.read()});
  expect_counts(found, {{"patients_across_splits", 1},
                        {"exact_duplicates_across_splits", 1},
                        {"near_duplicates_across_splits", 1},
                        {"exact_duplicates_within_split", 1},
                        {"near_duplicates_within_split", 1},
                        {"mirrored_duplicates_across_splits", 1},
                        {"label_contradictions", 1},
                        {"unreadable", 2}});
  EXPECT_EQ(found["leaks"], 3);
  const auto& patient = found["patients_across_splits"]["items"][0];
  EXPECT_EQ(patient["patient"], "p6");
  EXPECT_EQ(patient["splits"], (nlohmann::json{"test", "train"}));
  const auto first = [&](const char* key) -> const nlohmann::json& {
    return found[key]["items"][0];
  };
  EXPECT_EQ(names(first("exact_duplicates_across_splits")),
            (Names{"a.png", "a2.png", "a-rgb.png"}));
  EXPECT_EQ(names(first("exact_duplicates_within_split")), (Names{"a.png", "a2.png"}));
  EXPECT_EQ(names(first("near_duplicates_across_splits")),
            (Names{"b.png", "b-marked.png"}));
  EXPECT_GT(first("near_duplicates_across_splits")["correlation"], 0.99);
  EXPECT_EQ(names(first("near_duplicates_within_split")),
            (Names{"e.png", "e-large.png"}));
  EXPECT_EQ(names(first("mirrored_duplicates_across_splits")),
            (Names{"d.png", "d2.png"}));
  const auto& contradiction = first("label_contradictions");
  EXPECT_EQ(names(contradiction), (Names{"b.png", "b-marked.png"}));
  EXPECT_EQ(contradiction["labels"], nlohmann::json{"ill"});
  EXPECT_EQ(contradiction["equal_pixels"], false);
  EXPECT_EQ(contradiction["images"][0]["labels"]["ill"], 1);
  EXPECT_EQ(found["unreadable"]["items"][0]["image"], "gone.png");
  EXPECT_NE(found["unreadable"]["items"][1]["reason"], "");
}

TEST(Audit, TakesAFlatPictureForALikenessOfNoOther) {
  Planted set;
  const image::Image grey{20, 20, 1, std::vector<float>(400, 0.4F)};
  const image::Image black{20, 30, 1, std::vector<float>(600, 0)};
  set.add("grey.png", grey, "p", "train", "0");
  set.add("black.png", black, "q", "val", "0");
  set.add("picture.png", picture(1), "r", "test", "0");
  expect_counts(audit_of({set.read()}), {});
}

TEST(Audit, LooksForContradictionsBetweenDefiniteLabelsAlone) {
  Planted set("kind = \"multilabel\"\nlabels = [\"a\", \"b\"]\n", "a,b");
  set.add("1.png", picture(1), "p", "train", "-1,1");
  set.add("2.png", picture(1), "q", "train", ",1");
  set.add("3.png", picture(1), "r", "train", "1,1");
  expect_counts(audit_of({set.read()}), {{"exact_duplicates_within_split", 2}});
  set.add("4.png", picture(1), "s", "train", "0,");
  const auto found = audit_of({set.read()});
  ASSERT_EQ(found["label_contradictions"]["count"], 1);
  const auto& item = found["label_contradictions"]["items"][0];
  EXPECT_EQ(item["labels"], nlohmann::json{"a"});
  EXPECT_EQ(item["images"].size(), 4U);
  EXPECT_EQ(item["equal_pixels"], true);
  EXPECT_TRUE(item["images"][1]["labels"]["a"].is_null());

  Planted classes("kind = \"multiclass\"\nlabels = [\"x\", \"y\"]\n", "label");
  classes.add("1.png", picture(1), "p", "train", "x");
  classes.add("2.png", picture(1), "q", "train", "y");
  const auto multiclass = audit_of({classes.read()});
  ASSERT_EQ(multiclass["label_contradictions"]["count"], 1);
  EXPECT_EQ(
      multiclass["label_contradictions"]["items"][0]["images"][1]["labels"]["label"],
      "y");
}

TEST(Audit, ComparesSetsThatAreGivenTogether) {
  const auto fill = [](Planted& set) {
    set.add("same.png", picture(1), "p1", "train", "0");
    set.add("own.png", picture(2), "p2", "train", "0");
  };
  Planted one("name = \"one\"\n"), two("name = \"two\"\n");
  fill(one);
  two.add("same.png", picture(1), "p1", "train", "1");
  two.add("other.png", picture(3), "p4", "", "0");
  two.add("near.png", with_marker(picture(2)), "p5", "", "0");
  // Patients of other namespaces are others, whatever they are called.
  const std::map<std::string, int64_t> pixels = {{"exact_duplicates_across_splits", 1},
                                                 {"near_duplicates_across_splits", 1},
                                                 {"label_contradictions", 1}};
  expect_counts(audit_of({one.read(), two.read()}), pixels);
  Planted kin("name = \"kin\"\npatient_namespace = \"one\"\n");
  fill(kin);
  auto with_patients = std::map<std::string, int64_t>{
      {"patients_across_splits", 2}, {"exact_duplicates_across_splits", 2}};
  expect_counts(audit_of({one.read(), kin.read()}), with_patients);
}

TEST(Audit, ReadsTablesAloneOnRequest) {
  Planted set;
  set.add_row("gone.png", "p", "train", "1");
  set.add_row("gone2.png", "p", "test", "1");
  const auto found = audit_of({set.read()}, /*with_pixels=*/false);
  EXPECT_EQ(found["patients_across_splits"]["count"], 1);
  EXPECT_EQ(found["pixels"], false);
  EXPECT_TRUE(found["unreadable"]["count"].is_null());
  EXPECT_TRUE(found["near_duplicates_across_splits"]["count"].is_null());
}

TEST(Audit, KnowsNoPatientsWhereNoneArePublished) {
  Planted set("patient = \"none\"\n");
  set.add("1.png", picture(1), "", "train", "1");
  set.add("2.png", picture(2), "", "test", "1");
  const auto found = audit_of({set.read()});
  expect_counts(found, {});
  EXPECT_EQ(found["datasets"][0]["patients_are_known"], false);
}

}  // namespace
}  // namespace medgraft::data
