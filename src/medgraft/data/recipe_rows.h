#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "medgraft/data/field_rule.h"
#include "medgraft/data/recipe.h"

namespace medgraft::data {

/// What a recipe's source holds.
struct Source {
  std::filesystem::path root;  ///< Where the files lie: --root or a folder below it.
  std::string name;            ///< Of the file or folder: a name for the data set.
  SourceRows rows;             ///< Without labels, of an npz with several a row.
  std::vector<std::string> classes;  ///< Names of class codes, where known.
  bool has_many_labels = false;      ///< An npz whose rows have K labels: label_0 ... .
};

/// Fields path, file, stem, class, split; files in the order of their paths' bytes.
/// @throws UserError where no class folder with images is found.
Source read_folders(const Recipe& recipe, const std::filesystem::path& root);

/// Fields path, split, row, class (the code), or label_0, label_1, ... .
Source read_npz(const Recipe& recipe, const std::filesystem::path& root);

/// The table's own columns, and `row`, counted from 0.
Source read_table(const Recipe& recipe, const std::filesystem::path& root);

/// @return whether a file's name ends like a PNG, JPEG or DICOM file's; one without an
/// ending is looked into, since DICOM files often have none.
bool has_image_name(const std::filesystem::path& path);

}  // namespace medgraft::data
