#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "medgraft/evaluation/predictions.h"

namespace medgraft::evaluation {

/// Rows of several files in one common order, with their patients numbered from 0.
struct AlignedRows {
  std::vector<std::vector<int64_t>> rows;  ///< [files][cases]
  std::vector<int64_t> patient_index;      ///< [cases]
  int64_t num_patients = 0;
  bool patients_are_known = true;
};

/// @param names of the files, for messages.
/// @throws UserError where a case is in one file only or twice in one, or labels differ.
AlignedRows align(const std::vector<const Predictions*>& files,
                  const std::vector<std::vector<int64_t>>& rows,
                  const std::vector<std::string>& names);

/// @return the rows whose split is `split`.
std::vector<int64_t> rows_of_split(const Predictions& predictions,
                                   const std::string& split);

}  // namespace medgraft::evaluation
