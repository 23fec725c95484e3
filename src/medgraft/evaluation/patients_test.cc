#include "medgraft/evaluation/patients.h"

#include <gtest/gtest.h>

#include "medgraft/base/error.h"

namespace medgraft::evaluation {
namespace {

Predictions file_of(std::vector<std::string> cases, std::vector<double> labels) {
  Predictions out;
  out.names = {"x"};
  out.probabilities.assign(cases.size(), 0.5);
  out.splits.assign(cases.size(), "test");
  out.cases = std::move(cases);
  out.labels = std::move(labels);
  return out;
}

std::string message(const Predictions& a, const Predictions& b) {
  try {
    align({&a, &b}, {rows_of_split(a, "test"), rows_of_split(b, "test")}, {"A", "B"});
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(PatientsTest, TheSameCasesInAnyOrderAreAligned) {
  auto a = file_of({"1", "2", "3"}, {0, 1, 1});
  const auto b = file_of({"3", "1", "2"}, {1, 0, 1});
  a.patients = {"p", "q", "p"};
  const auto aligned = align({&a, &b}, {{0, 1, 2}, {0, 1, 2}}, {"A", "B"});
  EXPECT_EQ(aligned.rows[1], (std::vector<int64_t>{1, 2, 0}));
  EXPECT_EQ(aligned.patient_index, (std::vector<int64_t>{0, 1, 0}));
  EXPECT_EQ(aligned.num_patients, 2);
}

TEST(PatientsTest, WhatCannotBeComparedIsNamed) {
  const auto a = file_of({"1", "2", "3"}, {0, 1, 1});
  EXPECT_EQ(message(a, file_of({"1", "2"}, {0, 1})),
            "A and B: cases in the first only: 1, in the second only: 0, in both: 2; "
            "models are compared on the same cases");
  EXPECT_NE(message(a, file_of({"1", "2", "4"}, {0, 1, 1})).find("in the second only: 1"),
            std::string::npos);
  EXPECT_NE(message(a, file_of({"1", "2", "2"}, {0, 1, 1})).find("a case twice"),
            std::string::npos);
  EXPECT_NE(message(a, file_of({"1", "2", "3"}, {0, 1, 0})).find("different labels for"),
            std::string::npos);
  auto one = a, two = a;
  one.patients = {"p", "q", "r"};
  two.patients = {"p", "q", "q"};
  EXPECT_NE(message(one, two).find("different patients for the same case"),
            std::string::npos);
  EXPECT_EQ(message(one, a), "no error");
  auto other = a;
  other.names = {"y"};
  EXPECT_EQ(message(a, other),
            "A and B have different labels: only the first has x; models of one task are "
            "compared");
  other = a;
  other.multiclass = true;
  EXPECT_NE(message(a, other).find("one has several classes"), std::string::npos);
}

}  // namespace
}  // namespace medgraft::evaluation
