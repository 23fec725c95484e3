#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "medgraft/evaluation/predictions.h"

namespace medgraft::evaluation {

/// What a section of evaluation.json is computed from: one model's rows of one split.
struct SplitView {
  const Predictions* predictions = nullptr;  ///< The model's, all splits; not owned.
  std::string model, split;
  std::vector<int64_t> rows;  ///< Of predictions, [n]; models that are compared have the
                              ///< same cases in the same order.
  std::vector<int64_t> patient_index;  ///< [n] from 0, the same in models compared.
  int64_t num_patients = 0;
  bool patients_are_known = true;  ///< Else cases are treated as independent.
  std::vector<double> thresholds;  ///< [K] frozen on validation; 0.5 without one.

  int64_t num_cases() const { return static_cast<int64_t>(rows.size()); }
};

}  // namespace medgraft::evaluation
