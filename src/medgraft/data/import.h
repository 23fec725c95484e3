#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "medgraft/config/document.h"

namespace medgraft::data {

/// What an import did, for the user.
struct ImportReport {
  std::string name, kind;
  std::vector<std::string> labels;
  int64_t num_images = 0, num_cases = 0;
  int64_t num_patients = -1;                 ///< -1: not known.
  std::map<std::string, int64_t> splits;     ///< Images a split; "" for none.
  std::map<std::string, int64_t> positives;  ///< Images a label or class.
  int64_t dropped_repeats = 0;               ///< By drop_train_repeats.
  int64_t skipped_missing = 0;               ///< By skip_missing.
  int64_t patients_across_splits = 0;
  std::vector<std::string> notes;  ///< Missing tables, rows left out and the like.
};

/// Turns a published layout into manifest.csv and dataset.toml. The same files give the
/// same bytes; image paths are relative to the source, and dataset.toml's `root` leads
/// from `out` there. Tags of DICOM files are remembered in dicom_index.csv beside them.
/// @param recipe as read, with overrides applied. @param root the unpacked folder or its
/// parent. @param out an existing folder. @param num_threads 0: all cores.
/// @throws UserError naming what the recipe expects and what was found.
ImportReport import_dataset(const config::Document& recipe,
                            const std::filesystem::path& root,
                            const std::filesystem::path& out, int num_threads = 0);

}  // namespace medgraft::data
