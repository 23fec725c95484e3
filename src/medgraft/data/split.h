#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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
  /// Cases that stay together though no patient joins them: indices into Dataset::cases.
  std::vector<std::pair<int64_t, int64_t>> together = {};
};

struct SplitResult {
  std::vector<Split> splits;  ///< One a case.
  /// Cases left without a split: their patient, or a case to stay together with, is in a
  /// kept one.
  int64_t num_set_aside = 0;
};

/// Assigns whole patients (single cases where patients are not known), as many to each
/// split as its share of them rounded up or down, and each with about its share of every
/// class, label and site (stratify.h). A patient stands at his latest date.
/// @throws UserError where the shares do not add up, a kept split has no cases, a
/// patient's kept cases are in two splits, or a date is not one.
SplitResult assign_splits(const Dataset& dataset, const SplitOptions& options);

/// Reads all pixels. @return the pairs of cases that show equal, near-duplicate or
/// mirrored images (audit.h), for SplitOptions::together.
/// @throws UserError where they are too many to list.
std::vector<std::pair<int64_t, int64_t>> find_duplicate_cases(const Dataset& dataset,
                                                              int threads);

/// Writes the column `split` of the data set's manifest, in place and atomically; all
/// other columns stay as they are.
void write_splits(const Dataset& dataset, const std::vector<Split>& splits);

/// @return a column of the manifest, one value a case (that of its first row with one).
std::vector<std::string> read_case_column(const Dataset& dataset,
                                          const std::string& column);

}  // namespace medgraft::data
