#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/data/dataset.h"

namespace medgraft::data {
namespace {

/// @return 200 patients of one to three cases; a tenth of the patients are positive.
Dataset make_dataset(bool patients_are_known) {
  Dataset dataset;
  dataset.info.kind = Kind::kBinary;
  dataset.info.labels = {"positive"};
  dataset.info.patients_are_known = patients_are_known;
  for (int patient = 0; patient < 200; ++patient) {
    for (int i = 0; i <= patient % 3; ++i) {
      CaseEntry entry;
      entry.id = text("case", patient, "-", i);
      entry.patient = patients_are_known ? text("patient", patient) : "";
      entry.split = Split::kTrain;
      entry.labels = {patient % 10 == 0 ? 1.0F : 0.0F};
      dataset.cases.push_back(entry);
    }
  }
  return dataset;
}

std::set<std::string> patients_of(const Dataset& dataset,
                                  const std::vector<int64_t>& cases) {
  std::set<std::string> patients;
  for (const auto i : cases)
    patients.insert(dataset.cases[static_cast<size_t>(i)].patient);
  return patients;
}

TEST(NestedSubset, NestsKeepsPatientsWholeAndStratifies) {
  const auto dataset = make_dataset(true);
  const auto all = dataset.cases_of(Split::kTrain);
  std::vector<int64_t> smaller;
  for (const double fraction : {0.005, 0.05, 0.1, 0.3, 0.5, 1.0}) {
    SCOPED_TRACE(fraction);
    const auto subset = nested_subset(dataset, all, fraction, 4);
    EXPECT_TRUE(std::is_sorted(subset.begin(), subset.end()));
    EXPECT_TRUE(
        std::includes(subset.begin(), subset.end(), smaller.begin(), smaller.end()));
    const auto patients = patients_of(dataset, subset);
    EXPECT_EQ(patients.size(), static_cast<size_t>(std::llround(200 * fraction)));
    size_t cases_of_these = 0, positive = 0;
    for (const auto& entry : dataset.cases) {
      cases_of_these += patients.count(entry.patient);
    }
    EXPECT_EQ(subset.size(), cases_of_these);
    for (const auto& patient : patients) positive += patient.ends_with("0");
    if (fraction >= 0.05) {
      EXPECT_NEAR(static_cast<double>(positive), 20 * fraction, 1) << positive;
    }
    smaller = subset;
  }
  EXPECT_EQ(smaller, all);
}

TEST(NestedSubset, DependsOnTheSeedAndNotOnTheOrderOfRows) {
  auto dataset = make_dataset(true);
  const auto all = dataset.cases_of(Split::kTrain);
  const auto first = patients_of(dataset, nested_subset(dataset, all, 0.2, 1));
  EXPECT_NE(patients_of(dataset, nested_subset(dataset, all, 0.2, 2)), first);
  std::reverse(dataset.cases.begin(), dataset.cases.end());
  EXPECT_EQ(patients_of(dataset, nested_subset(dataset, all, 0.2, 1)), first);
}

TEST(NestedSubset, TakesCasesWherePatientsAreNotKnown) {
  const auto dataset = make_dataset(false);
  const auto all = dataset.cases_of(Split::kTrain);
  EXPECT_EQ(nested_subset(dataset, all, 0.25, 1).size(),
            static_cast<size_t>(std::llround(0.25 * static_cast<double>(all.size()))));
}

TEST(NestedSubset, RefusesFractionsThatAreNone) {
  const auto dataset = make_dataset(true);
  EXPECT_THROW(nested_subset(dataset, {0, 1}, 0, 1), UserError);
  EXPECT_THROW(nested_subset(dataset, {0, 1}, 1.5, 1), UserError);
  EXPECT_TRUE(nested_subset(dataset, {}, 0.5, 1).empty());
}

}  // namespace
}  // namespace medgraft::data
