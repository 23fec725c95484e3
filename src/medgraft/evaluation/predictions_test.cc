#include "medgraft/evaluation/predictions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/evaluation/evaluate.h"

namespace medgraft::evaluation {
namespace {

class PredictionsTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  Predictions read(const std::string& content) {
    write_file_atomically(path_, content);
    return read_predictions(path_);
  }
  std::string message(const std::string& content) {
    try {
      read(content);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }
  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                text("predictions_test_", getpid(), ".csv");
};

TEST_F(PredictionsTest, AnotherToolsFileNeedsOnlyLabelsAndProbabilities) {
  const auto binary = read("label:x,prob:x\n1,0.25\n,0.5\n-1,1\n");
  EXPECT_EQ(binary.splits[0], "test");
  EXPECT_EQ(binary.labels[0], 1);
  EXPECT_TRUE(std::isnan(binary.labels[1]));
  const auto classes = read("label,prob:a,prob:b\nb,0.25,0.75\n");
  EXPECT_TRUE(classes.multiclass);
  EXPECT_EQ(classes.labels[0], 1);
}

TEST_F(PredictionsTest, WrittenPredictionsReadBackTheSame) {
  auto original =
      read("case,patient,split,site,age,label:x,prob:x\nc,p,val,A,50,1,0.25\n");
  original.logits = {-1.25};
  write_predictions(path_, original);
  const auto again = read_predictions(path_);
  EXPECT_EQ(again.patients, original.patients);
  EXPECT_EQ(again.attributes, original.attributes);
  EXPECT_EQ(again.probabilities, original.probabilities);
  EXPECT_EQ(again.logits, original.logits);
}

TEST_F(PredictionsTest, FeaturesReadAndWriteAsRowsOfFloats) {
  const auto original =
      read("label:x,feature:0,prob:x,feature:1\n1,0.1,0.25,-3e-7\n0,16777217,0.5,2\n");
  EXPECT_EQ(original.feature_names, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(original.features, (std::vector<float>{0.1F, -3e-7F, 16777216.F, 2}));
  EXPECT_TRUE(original.attributes.empty());
  write_predictions(path_, original);
  const auto again = read_predictions(path_);
  EXPECT_EQ(again.feature_names, original.feature_names);
  ASSERT_EQ(again.features.size(), original.features.size());
  for (size_t i = 0; i < original.features.size(); ++i) {  // Seven digits.
    EXPECT_NEAR(again.features[i], original.features[i],
                std::abs(original.features[i]) * 5e-7);
  }
  EXPECT_NE(message("label:x,prob:x,feature:0\n1,0.5,\n").find("feature:0 is \"\""),
            std::string::npos);
}

TEST_F(PredictionsTest, WrongInputIsNamed) {
  EXPECT_NE(message("label:x,prob:x\n1,nan\n").find("is \"nan\""), std::string::npos);
  EXPECT_NE(message("label:x,prob:x\n1,1.5\n").find("between 0 and 1"),
            std::string::npos);
  EXPECT_NE(message("label:x,prob:x\n2,0.5\n").find("0, 1, -1 (uncertain) and blank"),
            std::string::npos);
  EXPECT_NE(message("label,prob:a,prob:b\na,0.5,0.6\n").find("add up to 1.1"),
            std::string::npos);
  EXPECT_NE(message("label,prob:a,prob:b\nc,0.5,0.5\n").find("the prob: columns name"),
            std::string::npos);
  EXPECT_NE(message("label:x,prob:x\n").find("no rows"), std::string::npos);
  EXPECT_NE(message("a,b\n1,2\n").find("has no prob:NAME column"), std::string::npos);
}

TEST_F(PredictionsTest, ColumnsThatDoNotBelongTogetherAreNamed) {
  const auto expect = [&](const std::string& content, const std::string& part) {
    EXPECT_NE(message(content).find(part), std::string::npos) << message(content);
  };
  expect("prob:x\n0.5\n", "\"prob:x\" without \"label:x\"");
  expect("label:x,prob:x,label:y\n1,0.5,1\n", "\"label:y\" without \"prob:y\"");
  expect("label:x,prob:x,logit:y\n1,0.5,1\n", "\"logit:y\" without \"prob:y\"");
  expect("label,label:x,prob:x,prob:y\nx,1,0.5,0.5\n", "one of the two kinds");
  expect("label,prob:x\nx,1\n", "one class, x");
  expect("label:x,prob:x,prob:x\n1,0.5,0.5\n", "\"prob:x\" twice");
  expect("label:x,label:y,prob:x,prob:y,logit:x\n1,1,0.5,0.5,0\n", "1 logit: columns");
  expect("label:x,prob:x\nnan,0.5\n", "label:x is \"nan\"");
  expect("label:x,prob:x\n1,\n", "prob:x is \"\"; a probability is between 0 and 1");
  expect("label:x,prob:x\n1\n", "1 fields where the header has 2");
}

TEST_F(PredictionsTest, ATablesIndexIsNoAttribute) {
  EXPECT_TRUE(read(",label:x,prob:x\n0,1,0.5\n").attributes.empty());
}

TEST_F(PredictionsTest, AFileBeyondMemoryIsRefusedBeforeItIsRead) {
  write_file_atomically(path_, "label:x,prob:x\n");
  std::filesystem::resize_file(path_, 10'000'000'000);  // A hole: takes no disk.
  try {
    read_predictions(path_);
    FAIL();
  } catch (const UserError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("has 10.0 GB and would take about 50 GB of memory"),
              std::string::npos)
        << what;
  }
}

TEST_F(PredictionsTest, APatientOfTwoSplitsIsRefused) {
  write_file_atomically(path_,
                        "patient,split,label:x,prob:x\np,val,1,0.5\np,ood-b,1,0.5\n"
                        "q,val,1,0.5\nq,test,0,0.5\n");
  try {
    read_model(path_.string());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("1 patient is in more than one split"),
              std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("q"), std::string::npos);
  }
}

Model model(const std::string& name, std::vector<double> p) {
  Model out{name, {}, {}};
  out.predictions.names = {"x"};
  out.predictions.cases = {"1", "2", "3", "4"};
  out.predictions.patients = {"p", "p", "q", "r"};
  out.predictions.splits = {"test", "test", "test", "test"};
  out.predictions.sites = {"", "", "", ""};
  out.predictions.labels = {0, 1, 0, 1};
  out.predictions.probabilities = std::move(p);
  return out;
}

TEST_F(PredictionsTest, EvaluationFollowsTheSchema) {
  EvaluateOptions options;
  options.replicates = 200;
  options.compare = true;
  const auto document = evaluate(
      {model("a", {0.2, 0.8, 0.4, 0.3}), model("b", {0.3, 0.6, 0.5, 0.9})}, options);
  EXPECT_EQ(document["schema"], 1);
  const auto& auroc = document["models"]["a"]["splits"]["test"]["metrics"]["auroc"];
  EXPECT_DOUBLE_EQ(auroc["value"], 0.75);
  EXPECT_EQ(auroc["n_cases"], 4);
  EXPECT_EQ(auroc["n_patients"], 3);
  EXPECT_EQ(auroc["method"], "obuchowski logit, moderated");
  ASSERT_EQ(document["comparisons"].size(), all_metrics().size());
  EXPECT_EQ(document["comparisons"][0]["test"], "paired bootstrap");
}

TEST_F(PredictionsTest, ModelsOfOtherCasesAreNotCompared) {
  auto other = model("b", {0.3, 0.6, 0.5, 0.9});
  other.predictions.cases[3] = "5";
  EvaluateOptions options;
  options.compare = true;
  EXPECT_THROW(evaluate({model("a", {0.2, 0.8, 0.4, 0.3}), other}, options), UserError);
}

TEST_F(PredictionsTest, UndefinedIsNullWithAReason) {
  auto one = model("a", {0.2, 0.8, 0.4, 0.3});
  one.predictions.labels = {1, 1, 1, 1};
  const auto document = evaluate({one}, {});
  const auto& auroc = document["models"]["a"]["splits"]["test"]["metrics"]["auroc"];
  EXPECT_TRUE(auroc["value"].is_null());
  EXPECT_TRUE(auroc["reason"].is_string());
}

}  // namespace
}  // namespace medgraft::evaluation
