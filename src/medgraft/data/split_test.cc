#include "medgraft/data/split.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "medgraft/base/csv.h"
#include "medgraft/data/scratch_dataset.h"
#include "medgraft/data/summary.h"

namespace medgraft::data {
namespace {

const std::string kInfo = "kind = \"binary\"\nlabels = [\"ill\"]\n";

/// @return 100 patients of two cases; every fifth patient is ill.
std::string make_manifest(bool with_split) {
  std::string rows = with_split ? "image,case,patient,split,ill,date\n"
                                : "image,case,patient,ill,date\n";
  for (int i = 0; i < 200; ++i) {
    const int patient = i % 100;
    const auto* split = patient < 20 ? "test," : patient < 40 ? "val," : "train,";
    rows += text(i, ".png,c", i, ",p", patient, ",", with_split ? split : "",
                 patient % 5 == 0 ? 1 : 0, ",2020-01-", 10 + patient % 20, "\n");
  }
  return rows;
}

std::map<Split, std::set<std::string>> patients_by_split(const Dataset& dataset,
                                                         const SplitResult& result) {
  std::map<Split, std::set<std::string>> patients;
  for (size_t i = 0; i < dataset.cases.size(); ++i) {
    patients[result.splits[i]].insert(dataset.cases[i].patient);
  }
  return patients;
}

TEST(AssignSplits, KeepsPatientsWholeAndStratifies) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(false));
  const auto dataset = read_dataset(scratch.path());
  SplitOptions options{0.7, 0.1, 0.2, {}, 3, {}};
  const auto result = assign_splits(dataset, options);
  auto patients = patients_by_split(dataset, result);
  EXPECT_EQ(patients[Split::kTrain].size(), 70U);
  EXPECT_EQ(patients[Split::kVal].size(), 10U);
  EXPECT_EQ(patients[Split::kTest].size(), 20U);
  for (const auto& [split, share] : {std::pair{Split::kVal, 2}, {Split::kTest, 4}}) {
    int ill = 0;
    for (const auto& patient : patients[split]) {
      ill += patient.ends_with("0") || patient.ends_with("5");
      EXPECT_EQ(patients[Split::kTrain].count(patient), 0U);
    }
    EXPECT_NEAR(ill, share, 1);
  }
  EXPECT_EQ(assign_splits(dataset, options).splits, result.splits);
  options.seed = 4;
  EXPECT_NE(assign_splits(dataset, options).splits, result.splits);
}

TEST(AssignSplits, KeepsAPublishedTestSetAndCarvesFromTheRest) {
  ScratchDataset scratch;
  auto manifest = make_manifest(true);
  manifest += "x.png,extra,p0,train,1,2020-01-01\n";  // A test patient's further case.
  scratch.write(kInfo, manifest);
  const auto dataset = read_dataset(scratch.path(), {.allow_patient_leaks = true});
  const auto result = assign_splits(dataset, {0.9, 0.1, 0, {Split::kTest}, 0, {}});
  EXPECT_EQ(result.num_set_aside, 1);
  EXPECT_EQ(result.splits.back(), Split::kNone);
  for (size_t i = 0; i < 200; ++i) {
    const bool was_test = dataset.cases[i].split == Split::kTest;
    EXPECT_EQ(result.splits[i] == Split::kTest, was_test);
  }
  auto patients = patients_by_split(dataset, result);
  EXPECT_EQ(patients[Split::kVal].size(), 8U);
  EXPECT_EQ(patients[Split::kTrain].size(), 72U);
}

TEST(AssignSplits, PutsTheLatestPatientsIntoTest) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(false));
  const auto dataset = read_dataset(scratch.path());
  SplitOptions options{0.6, 0.2, 0.2, {}, 0, read_case_column(dataset, "date")};
  const auto result = assign_splits(dataset, options);
  std::string last_train, first_test = "9";
  for (size_t i = 0; i < dataset.cases.size(); ++i) {
    const auto& date = (*options.dates)[i];
    if (result.splits[i] == Split::kTrain) last_train = std::max(last_train, date);
    if (result.splits[i] == Split::kTest) first_test = std::min(first_test, date);
  }
  EXPECT_LT(last_train, first_test);
  options.dates->at(3) = "";
  EXPECT_THROW(assign_splits(dataset, options), UserError);
}

TEST(AssignSplits, RefusesSharesThatDoNotAddUp) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(false));
  const auto dataset = read_dataset(scratch.path());
  EXPECT_THROW(assign_splits(dataset, {0.7, 0.1, 0.1, {}, 0, {}}), UserError);
  EXPECT_THROW(assign_splits(dataset, {1.2, -0.2, 0, {}, 0, {}}), UserError);
}

TEST(WriteSplits, ChangesTheSplitColumnAlone) {
  for (const bool with_split : {true, false}) {
    SCOPED_TRACE(with_split);
    ScratchDataset scratch;
    scratch.write(kInfo, make_manifest(with_split));
    const auto before = read_dataset(scratch.path());
    const auto result = assign_splits(before, {0.5, 0.25, 0.25, {}, 1, {}});
    write_splits(before, result.splits);
    const auto after = read_dataset(scratch.path());
    ASSERT_EQ(after.cases.size(), before.cases.size());
    for (size_t i = 0; i < after.cases.size(); ++i) {
      EXPECT_EQ(after.cases[i].split, result.splits[i]);
      EXPECT_EQ(after.cases[i].id, before.cases[i].id);
      EXPECT_EQ(after.cases[i].labels, before.cases[i].labels);
    }
    EXPECT_EQ(read_case_column(after, "date"), read_case_column(before, "date"));
  }
}

TEST(Summary, CountsWhatTheManifestHolds) {
  ScratchDataset scratch;
  scratch.write(kInfo + "attributes = [{ name = \"age\", bins = [40, 60] }]\n",
                "image,case,patient,split,view,site,age,ill\n"
                "a.png,1,p,train,AP,X,39,1\nb.png,1,p,train,PA,X,39,1\n"
                "c.png,2,q,train,PA,,60,-1\nd.png,3,r,,PA,Y,,\n");
  const auto summary = summarize(read_dataset(scratch.path()));
  EXPECT_EQ(summary["images"], 4);
  EXPECT_EQ(summary["patients"], 3);
  const auto& train = summary["splits"]["train"];
  EXPECT_EQ(train["images"], 3);
  EXPECT_EQ(train["cases"], 2);
  EXPECT_EQ(train["patients"], 2);
  EXPECT_EQ(train["labels"]["ill"]["positive"], 1);
  EXPECT_EQ(train["labels"]["ill"]["uncertain"], 1);
  EXPECT_EQ(train["views"]["PA"], 2);
  EXPECT_EQ(train["attributes"]["age"]["below 40"], 1);
  EXPECT_EQ(train["attributes"]["age"]["from 60"], 1);
  EXPECT_EQ(summary["splits"]["none"]["labels"]["ill"]["blank"], 1);
}

}  // namespace
}  // namespace medgraft::data
