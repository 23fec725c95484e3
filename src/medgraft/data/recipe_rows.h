#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "medgraft/data/recipe.h"
#include "medgraft/data/source_rows.h"

namespace medgraft::data {

/// What a recipe's source holds.
struct Source {
  std::filesystem::path root;  ///< Where the files lie: --root or a folder below it.
  std::string name;            ///< Of the file or folder: a name for the data set.
  SourceRows rows;             ///< Without labels, of an npz with several a row.
  std::vector<std::string> classes;  ///< Names of class codes, where known.
  bool has_many_labels = false;      ///< An npz whose rows have K labels: label_0 ... .
};

/// What reading tables needs to know beside the recipe.
struct ReadTables {
  std::filesystem::path root;       ///< As the import was told it.
  std::set<std::string> mentions;   ///< mentioned_fields(): no other column is kept.
  std::filesystem::path tag_index;  ///< Where the tags of DICOM files are remembered.
  int num_threads = 0;              ///< 0: all cores.
  std::vector<std::string> notes;   ///< Out: what the user should know.
};

/// Fields path, file, stem, class, split; files in the order of their paths' bytes.
/// @throws UserError where no class folder with images is found.
Source read_folders(const Recipe& recipe, const std::filesystem::path& root);

/// Fields path, split, row, class (the code), or label_0, label_1, ... .
Source read_npz(const Recipe& recipe, const std::filesystem::path& root);

/// The rows of `tables`, or of `table`, one below the other: their columns, `set`
/// fields, and `row`, counted from 0. Blanks around values are dropped, columns without a
/// name too; names may differ in case.
/// @throws UserError where none is found, or a row has more or fewer fields than columns.
Source read_tables(const Recipe& recipe, const std::filesystem::path& root,
                   ReadTables& reading);

/// Adds the rows of one table to `rows`. @param path as find_below() found it.
void add_table(const TableSource& table, const std::filesystem::path& path,
               const ReadTables& reading, SourceRows& rows);

/// Adds the rows of DICOM files below `root / table.dicom`: fields path (relative to
/// `root`), file, stem and the tags, in the order of the paths' bytes. Only headers are
/// read, by several threads; what was read is kept in `reading.tag_index`, and a file of
/// the same size and time is not read again. Files that are no DICOM are left out; those
/// that cannot be read are noted.
void add_dicom_tags(const TableSource& table, const std::filesystem::path& root,
                    ReadTables& reading, SourceRows& rows);

/// Adds the columns of a joined table to `source.rows`; a field that the rows have
/// already is filled where it is blank.
void join_table(const config::Document& document, size_t index, const JoinSource& join,
                Source& source, ReadTables& reading);

/// @return whether a file's name ends like a PNG, JPEG or DICOM file's; one without an
/// ending is looked into, since DICOM files often have none.
bool has_image_name(const std::filesystem::path& path);

}  // namespace medgraft::data
