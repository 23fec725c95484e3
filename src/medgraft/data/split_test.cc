#include "medgraft/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(AssignSplits, RefusesDatesThatHaveNoOrder) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(false));
  const auto dataset = read_dataset(scratch.path());
  SplitOptions options{0.6, 0.2, 0.2, {}, 0, read_case_column(dataset, "date")};
  for (const auto* bad : {"31/01/2020", "20200131", "soon"}) {
    options.dates->at(7) = bad;
    const auto message = complaint([&] { assign_splits(dataset, options); });
    EXPECT_NE(message.find("manifest.csv:9"), std::string::npos) << message;
    EXPECT_NE(message.find("2020-01-31"), std::string::npos) << message;
  }
  // Numbers are compared as such, not as text.
  for (size_t i = 0; i < 200; ++i) (*options.dates)[i] = text(i % 100);
  const auto result = assign_splits(dataset, options);
  for (size_t i = 0; i < 200; ++i) {
    const auto patient = i % 100;
    EXPECT_EQ(result.splits[i], patient < 60   ? Split::kTrain
                                : patient < 80 ? Split::kVal
                                               : Split::kTest);
  }
}

TEST(AssignSplits, RefusesToKeepWhatIsNotThere) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(false));
  const auto dataset = read_dataset(scratch.path());
  const auto message = complaint([&] {
    assign_splits(dataset, {0.9, 0.1, 0, {Split::kTest}, 0, {}});
  });
  EXPECT_NE(message.find("no case in split test"), std::string::npos) << message;
}

// Patients of several cases with labels as rare as 1 in 40, at sites of unequal size.
std::string many_labels(int num_patients) {
  std::string rows = "image,case,patient,site,common,rare,rarest\n";
  for (int patient = 0; patient < num_patients; ++patient) {
    for (int i = 0; i <= patient % 3; ++i) {
      rows += text(patient, "-", i, ".png,c", patient, "-", i, ",p", patient, ",",
                   patient % 10 < 6   ? "large"
                   : patient % 10 < 9 ? "middle"
                                      : "small",
                   ",", patient % 4 == 0, ",", patient % 11 == 0, ",",
                   patient % 40 == 3  ? "1"
                   : patient % 7 == 0 ? "-1"
                                      : "",
                   "\n");
    }
  }
  return rows;
}

TEST(AssignSplits, KeepsSharesWithinOnePatientAndStrataWithinTwo) {
  ScratchDataset scratch;
  scratch.write("kind = \"multilabel\"\nlabels = [\"common\", \"rare\", \"rarest\"]\n",
                many_labels(397));
  const auto dataset = read_dataset(scratch.path());
  std::set<std::vector<Split>> distinct;
  const std::pair<Split, double> kShares[] = {
      {Split::kTrain, 0.7}, {Split::kVal, 0.1}, {Split::kTest, 0.2}};
  constexpr uint64_t kSeeds = 60;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto result = assign_splits(dataset, {0.7, 0.1, 0.2, {}, seed, {}});
    distinct.insert(result.splits);
    std::map<std::string, Split> split_of;
    std::map<std::string, std::map<Split, std::set<std::string>>> strata;
    for (size_t i = 0; i < dataset.cases.size(); ++i) {
      const auto& entry = dataset.cases[i];
      const auto split = result.splits[i];
      EXPECT_EQ(split_of.emplace(entry.patient, split).first->second, split);
      strata["all"][split].insert(entry.patient);
      strata["site " + entry.site][split].insert(entry.patient);
      for (size_t label = 0; label < 3; ++label) {
        if (entry.labels[label] == 1) {
          strata[dataset.info.labels[label]][split].insert(entry.patient);
        }
      }
    }
    for (auto& [name, parts] : strata) {
      double total = 0;
      for (const auto& [_, patients] : parts)
        total += static_cast<double>(patients.size());
      for (const auto& [split, share] : kShares) {
        EXPECT_NEAR(static_cast<double>(parts[split].size()), share * total,
                    name == "all" ? 0.999 : 2)
            << name << " " << to_string(split);
      }
    }
  }
  EXPECT_EQ(distinct.size(), kSeeds);
}

TEST(AssignSplits, DependsOnPatientsNotOnTheOrderOfRows) {
  ScratchDataset scratch, reversed;
  auto lines = many_labels(50);
  const std::string info =
      "kind = \"multilabel\"\nlabels = [\"common\", \"rare\", \"rarest\"]\n";
  scratch.write(info, lines);
  const auto end_of_header = lines.find('\n') + 1;
  auto backward = lines.substr(0, end_of_header);
  while (lines.size() > end_of_header) {
    const auto start = lines.rfind('\n', lines.size() - 2) + 1;
    backward += lines.substr(start);
    lines.resize(start);
  }
  reversed.write(info, backward);
  const SplitOptions options{0.7, 0.1, 0.2, {}, 5, {}};
  const auto one = read_dataset(scratch.path()), other = read_dataset(reversed.path());
  EXPECT_EQ(patients_by_split(one, assign_splits(one, options)),
            patients_by_split(other, assign_splits(other, options)));
}

TEST(AssignSplits, TakesCasesWherePatientsAreNotKnown) {
  ScratchDataset scratch;
  std::string manifest = "image,case,ill\n";
  for (int i = 0; i < 40; ++i)
    manifest += text(i, ".png,c", i / 2, ",", i / 2 % 4 == 0, "\n");
  scratch.write(kInfo + "patient = \"none\"\n", manifest);
  const auto dataset = read_dataset(scratch.path());
  const auto result = assign_splits(dataset, {0.5, 0.25, 0.25, {}, 0, {}});
  EXPECT_EQ(std::count(result.splits.begin(), result.splits.end(), Split::kTrain), 10);
  EXPECT_EQ(std::count(result.splits.begin(), result.splits.end(), Split::kVal), 5);
}

TEST(AssignSplits, KeepsTogetherWhatIsLinked) {
  ScratchDataset scratch;
  std::string manifest = "image,case,ill,split\n";
  for (int i = 0; i < 60; ++i) {
    manifest += text(i, ".png,", i, ",", i % 3 == 0, ",", i < 10 ? "test" : "", "\n");
  }
  scratch.write(kInfo + "patient = \"none\"\n", manifest);
  const auto dataset = read_dataset(scratch.path());
  SplitOptions options{0.6, 0.2, 0.2, {}, 0, {}, {}};
  // A chain of 20, and a pair of which one is in the test set.
  for (int64_t i = 20; i < 39; ++i) options.together.emplace_back(i + 1, i);
  options.together.emplace_back(3, 50);
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    options.keep = {};
    auto splits = assign_splits(dataset, options).splits;
    for (size_t i = 20; i < 40; ++i) EXPECT_EQ(splits[i], splits[20]);
    EXPECT_EQ(splits[50], splits[3]);
    options.keep = {Split::kTest};
    const auto result = assign_splits(dataset, options);
    EXPECT_EQ(result.splits[50], Split::kNone);
    EXPECT_EQ(result.num_set_aside, 1);
  }
}

TEST(WriteSplits, GivesTheSameBytesForTheSameSeed) {
  ScratchDataset scratch;
  scratch.write(kInfo, make_manifest(true));
  const auto bytes_after = [&](uint64_t seed) {
    const auto dataset = read_dataset(scratch.path(), {.allow_patient_leaks = true});
    write_splits(dataset, assign_splits(dataset, {0.7, 0.1, 0.2, {}, seed, {}}).splits);
    return read_file(scratch.path() / "manifest.csv");
  };
  const auto first = bytes_after(3);
  EXPECT_NE(bytes_after(4), first);
  EXPECT_EQ(bytes_after(3), first);
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

TEST(Summary, SaysWhatPoliciesMakeOfLabels) {
  ScratchDataset scratch;
  scratch.write(
      "kind = \"multilabel\"\nlabels = [\"a\", \"b\", \"c\"]\npatient = \"none\"\n"
      "[uncertain]\na = \"ones\"\nb = \"smooth(0.6,0.8)\"\n"
      "[blank]\na = \"zero\"\n",
      "image,case,split,a,b,c\n1.png,1,train,1,1,1\n2.png,2,train,0,0,0\n"
      "3.png,3,train,-1,-1,-1\n4.png,4,train,-1,-1,\n5.png,5,train,,,\n");
  const auto summary = summarize(read_dataset(scratch.path()));
  const auto& targets = summary["splits"]["train"]["targets"];
  const auto counts = [](int positive, int negative, int smoothed, int masked) {
    return nlohmann::json{{"positive", positive},
                          {"negative", negative},
                          {"smoothed", smoothed},
                          {"masked", masked}};
  };
  EXPECT_EQ(targets["a"]["uncertain"], "ones");
  EXPECT_EQ(targets["a"]["blank"], "zero");
  EXPECT_EQ(targets["a"]["loss"], counts(3, 2, 0, 0));
  EXPECT_EQ(targets["a"]["metrics"], counts(3, 2, 0, 0));
  EXPECT_EQ(targets["b"]["loss"], counts(1, 1, 2, 1));
  EXPECT_EQ(targets["b"]["metrics"], counts(1, 1, 0, 3));
  EXPECT_EQ(targets["c"]["blank"], "mask");
  EXPECT_EQ(targets["c"]["loss"], counts(1, 1, 0, 3));
}

}  // namespace
}  // namespace medgraft::data
