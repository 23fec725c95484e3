#include "medgraft/config/fields.h"

#include <gtest/gtest.h>

#include "medgraft/config/identity.h"

namespace medgraft::config {
namespace {

struct Train {
  int64_t steps = 500;
  double lr = 0.003;
  std::optional<int64_t> warmup;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("steps", steps, "optimizer steps");
    field("lr", lr, "peak learning rate");
    field("warmup", warmup, "steps of linear warm-up");
  }
};

struct Other {
  std::string name;
  std::map<std::string, std::string> labels;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "its name");
    field("labels", labels, "label map");
  }
};

struct Config {
  Path dataset;
  Train train;
  std::vector<Other> ood;
  int64_t log_every = 10;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("dataset", dataset, "folder or file");
    field("train", train, "training");
    field("ood", ood, "other hospitals");
    field("log_every", log_every, "steps between lines", Role::kBookkeeping);
  }
};

Config read(const std::string& content, const std::vector<std::string>& overrides = {}) {
  auto document = parse_toml(content, "run.toml", "/home/study");
  for (const auto& assignment : overrides) override_value(document, assignment);
  Config config;
  assign(config, document);
  return config;
}

std::string message(const std::string& content,
                    const std::vector<std::string>& set = {}) {
  try {
    read(content, set);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(FieldsTest, FillsNestedTablesListsAndMaps) {
  const auto config = read(
      "dataset = \"busi\"\n[train]\nlr = 1\nwarmup = 7\n"
      "[[ood]]\nname = \"nih\"\nlabels = { a = \"b\" }\n");
  EXPECT_EQ(config.dataset.value, "/home/study/busi");
  EXPECT_EQ(config.train.steps, 500);
  EXPECT_EQ(config.train.lr, 1.0);
  EXPECT_EQ(config.train.warmup, 7);
  EXPECT_EQ(config.ood.at(0).labels.at("a"), "b");
}

TEST(FieldsTest, NamesFileLineAndNearestKey) {
  EXPECT_EQ(message("[train]\n\nstpes = 3\n"),
            "run.toml:3: train.stpes is not a known key; did you mean \"steps\"?");
  EXPECT_EQ(message("[train]\nsteps = \"many\"\n"),
            "run.toml:2: train.steps is a whole number, got \"many\"");
  EXPECT_EQ(message("[[ood]]\nname = 3\n"), "run.toml:2: ood[0].name is a text, got 3");
  EXPECT_EQ(message("train = 3\n"), "run.toml:1: train is a table, got 3");
  EXPECT_NE(message("[train\n").find("run.toml:1:7: not valid TOML"), std::string::npos);
}

TEST(FieldsTest, OverridesAreTomlElseBareStrings) {
  const auto config = read("", {"train.lr=0.1", "dataset=data/x.toml", "log_every=5"});
  EXPECT_EQ(config.train.lr, 0.1);
  EXPECT_EQ(config.dataset.value, "data/x.toml");  // From the command line: as given.
  EXPECT_EQ(config.log_every, 5);
  EXPECT_EQ(message("", {"train.setps=3"}),
            "--set: train.setps is not a known key; did you mean \"steps\"?");
  EXPECT_EQ(message("", {"train"}), "--set takes key=value, got \"train\"");
}

TEST(FieldsTest, IdentityLeavesOutBookkeepingPathsAndDefaults) {
  const auto defaults = result_fields(Config{});
  auto config = read("dataset = \"a\"\nlog_every = 3\n");
  EXPECT_EQ(without_defaults(result_fields(config), defaults).dump(), "{}");
  config.train.lr = 0.01;
  EXPECT_EQ(without_defaults(result_fields(config), defaults).dump(),
            "{\"train\":{\"lr\":0.01}}");
}

TEST(FieldsTest, IdSurvivesANewUnsetSetting) {
  auto defaults = result_fields(Config{});
  defaults["train"].erase("warmup");  // As frozen before `warmup` existed.
  EXPECT_EQ(without_defaults(result_fields(Config{}), defaults).dump(), "{}");
}

TEST(FieldsTest, WrittenTomlReadsBackTheSame) {
  const auto config =
      read("dataset = \"/d\"\n[train]\nlr = 0.1\n[[ood]]\nname = \"q\\\"\"\n");
  const auto again = read(to_toml(fields_to_json(config)));
  EXPECT_EQ(fields_to_json(again), fields_to_json(config));
}

}  // namespace
}  // namespace medgraft::config
