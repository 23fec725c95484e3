#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/data/dataset.h"

namespace medgraft::data {

/// How `data split` divides patients.
struct SplitOptions {
  /// Shares of train, val and test; they add up to 1.
  double train = 0, val = 0, test = 0;
  /// Published splits whose cases stay where they are; the shares are of the rest.
  std::vector<Split> keep;
  uint64_t seed = 0;
  /// A date a case, in place of chance: the earliest patients train, the latest test. ISO
  /// 8601 dates (2020-01-31...), or numbers (20200131, or years) throughout.
  std::optional<std::vector<std::string>> dates;
};

struct SplitResult {
  std::vector<Split> splits;  ///< One a case.
  /// Cases left without a split: their patient has other cases in a kept one.
  int64_t num_set_aside = 0;
};

/// Assigns whole patients (single cases where patients are not known), as many to each
/// split as its share of them rounded up or down, and each with about its share of every
/// class, label and site (stratify.h). A patient stands at his latest date.
/// @throws UserError where the shares do not add up, a kept split has no cases, a
/// patient's kept cases are in two splits, or a date is not one.
SplitResult assign_splits(const Dataset& dataset, const SplitOptions& options);

/// Writes the column `split` of the data set's manifest, in place and atomically; all
/// other columns stay as they are.
void write_splits(const Dataset& dataset, const std::vector<Split>& splits);

/// @return a column of the manifest, one value a case (that of its first row with one).
std::vector<std::string> read_case_column(const Dataset& dataset,
                                          const std::string& column);

}  // namespace medgraft::data
