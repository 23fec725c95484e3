#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace medgraft::coverage {

/// How cases and labels belong to patients.
enum class Patients {
  kSingleCase,  ///< One case a patient: all patients are distinct.
  kOneLabel,    ///< 1 to 4 cases a patient, all of the patient's one label.
  kMixed,       ///< 1 to 4 cases a patient, each with a label of its own.
};

/// A population of scores that data sets are drawn from: normal in either class with
/// variance 1, of which `correlation` is shared by the cases of a patient.
struct Condition {
  int64_t num_patients = 200;
  double prevalence = 0.2;
  double auroc = 0.9;
  double correlation = 0;
  Patients patients = Patients::kOneLabel;

  /// The distance of the class means.
  double separation() const;
  /// "patients=200 prevalence=0.2 auroc=0.9 correlation=0 labels=one"
  std::string name() const;
};

/// Every combination that the study covers, small data sets first.
std::vector<Condition> all_conditions();

}  // namespace medgraft::coverage
