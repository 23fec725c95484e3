#include "medgraft/evaluation/declared_bins.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

// 60 patients of ages 20 to 79, in one label.
Model model_of_ages(const std::string& name, Bins bins) {
  Model model;
  model.name = name;
  model.bins = std::move(bins);
  auto& rows = model.predictions;
  rows.names = {"sick"};
  rows.attributes = {{"age", {}}};
  for (int i = 0; i < 60; ++i) {
    rows.cases.push_back(text("c", i));
    rows.patients.push_back(text("p", i));
    rows.splits.push_back("test");
    rows.sites.push_back("");
    rows.attributes[0].second.push_back(text(20 + i));
    rows.labels.push_back(i % 2);
    rows.probabilities.push_back(0.3 + 0.4 * (i % 3 == 0));
  }
  return model;
}

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(DeclaredBins, CutTheRunsAgesUnlessOthersAreGiven) {
  EvaluateOptions options;
  options.replicates = 0;
  options.min_group = 1;
  const auto groups_of = [&](const Model& model) {
    std::map<std::string, int64_t> sizes;
    const auto document = evaluate({model}, options);
    const auto& split = document["models"]["run"]["splits"]["test"];
    if (!split["subgroups"].contains("age")) return sizes;
    for (const auto& [group, figures] : split["subgroups"]["age"].items()) {
      sizes[group] = figures["n"]["value"];
    }
    return sizes;
  };
  using Sizes = std::map<std::string, int64_t>;
  EXPECT_EQ(groups_of(model_of_ages("run", {{"age", {40, 60}}})),
            (Sizes{{"<40", 20}, {"40-59", 20}, {">=60", 20}}));
  EXPECT_EQ(groups_of(model_of_ages("run", {})), Sizes());
  // Of an attribute that only another split's table has.
  EXPECT_EQ(groups_of(model_of_ages("run", {{"weight", {70}}})), Sizes());
  options.bins["age"] = {30};
  EXPECT_EQ(groups_of(model_of_ages("run", {{"age", {40, 60}}})),
            (Sizes{{"<30", 10}, {">=30", 50}}));
}

TEST(DeclaredBins, MustAgreeWhereModelsAreCompared) {
  const std::vector<Model> models = {model_of_ages("a", {{"age", {40, 60}}}),
                                     model_of_ages("b", {{"age", {50.5}}})};
  EvaluateOptions options;
  options.replicates = 0;
  EXPECT_NO_THROW(evaluate(models, options));
  options.compare = true;
  EXPECT_EQ(error_of([&] { evaluate(models, options); }),
            "the data sets of a and b cut age at different edges: 40,60 and 50.5; "
            "--bins age=EDGE,EDGE... decides");
  options.bins["age"] = {45};
  EXPECT_NO_THROW(evaluate(models, options));
}

TEST(DeclaredBins, LeaveValuesAloneThatAreNoNumbers) {
  auto model = model_of_ages("run", {{"age", {40}}});
  EXPECT_EQ(declared_bins({&model}, {}), (Bins{{"age", {40}}}));
  model.predictions.attributes[0].second[3] = "";
  EXPECT_EQ(declared_bins({&model}, {}), (Bins{{"age", {40}}}));
  model.predictions.attributes[0].second[3] = "young";
  EXPECT_EQ(declared_bins({&model}, {}), Bins());
}

TEST(DeclaredBins, AreReadFromTheRunsRecord) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / text("declared_bins_", ::getpid());
  std::filesystem::create_directories(folder);
  EXPECT_EQ(read_declared_bins(folder), Bins());
  const auto read = [&](const std::string& record) {
    write_file_atomically(folder / "run.json", record);
    return read_declared_bins(folder);
  };
  EXPECT_EQ(read(R"({"dataset": {"attribute_bins": {"age": [40, 60.5]}}})"),
            (Bins{{"age", {40, 60.5}}}));
  EXPECT_EQ(read(R"({"dataset": {"name": "older"}})"), Bins());
  EXPECT_EQ(read(R"({"dataset": null})"), Bins());
  for (const auto* damaged :
       {"", "[]", "{\"dataset\": {", R"({"dataset": {"attribute_bins": [1]}})",
        R"({"dataset": {"attribute_bins": {"age": []}}})",
        R"({"dataset": {"attribute_bins": {"age": [60, 40]}}})",
        R"({"dataset": {"attribute_bins": {"age": ["40"]}}})",
        R"({"dataset": {"attribute_bins": {"age": 40}}})"}) {
    SCOPED_TRACE(damaged);
    EXPECT_NE(error_of([&] { read(damaged); }).find("run.json is damaged"),
              std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace medgraft::evaluation
