#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/config/document.h"
#include "medgraft/config/fields.h"

namespace medgraft::data {

/// Images in folders named for their classes, below folders named for splits or not.
struct FolderSource {
  bool is_used = false;
  bool takes_flat_splits = false;
  std::vector<std::string> base, exclude;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("is_used", is_used, "true: images lie in class folders");
    field("base", base, "where they lie below the root; left out, they are looked for");
    field("takes_flat_splits", takes_flat_splits,
          "true: images that lie in a split's own folder count, with a blank class");
    field("exclude", exclude, "regular expressions of paths to leave out");
  }
};

/// Arrays {train,val,test}_images and _labels of one npz file.
struct NpzSource {
  bool is_used = false;
  std::string file;
  std::map<std::string, std::vector<std::string>> classes;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("is_used", is_used, "true: images are rows of an npz's arrays");
    field("file", file, "its name; left out, the only npz there is");
    field("classes", classes, "names of the class codes, by file name");
  }
};

/// Rows of a table, or of the tags of DICOM files.
struct TableSource {
  nlohmann::json file;
  std::string delimiter = ",", dicom;
  bool is_optional = false;
  std::vector<std::string> tags, header;
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, std::string> set;

  bool is_used() const { return !file.is_null() || !dicom.empty(); }
  /// @return the names that it may have; of DICOM files their folder.
  std::vector<std::string> files() const;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("file", file, "the table, relative to the root, or several names it may have");
    field("delimiter", delimiter, "one character, \"\\t\" for tabs");
    field("header", header, "names of the columns of a file that has no header row");
    field("optional", is_optional, "true: goes on, and says so, where it is missing");
    field("names", names, "a name for a column that is spelled in one of several ways");
    field("set", set, "fields that have one value in all its rows");
    field("dicom", dicom,
          "in place of `file`: the folder of DICOM files to read tags of");
    field("tags", tags, "their DICOM keywords, each a field beside path, file and stem");
  }
};

/// A table whose columns are added to the rows that have the same key.
struct JoinSource {
  TableSource table;
  nlohmann::json on, where;
  std::string many = "error", missing = "error";

  template <class Visitor>
  void visit(Visitor&& field) {
    table.visit(field);
    field("on", on, "the key: a field of both, or { field of the row = its column }");
    field("where", where, "conditions on the joined row, as in `select`");
    field("many", many,
          "where a key has several rows: error, first or each (a row each)");
    field("missing", missing, "where a key has no row: error, blank or drop (no row)");
  }
};

/// How rows of one image become one.
struct MergeRule {
  int64_t votes = 0;  ///< 0: the worst row counts.
  std::string rater;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("votes", votes, "how many readers must agree on a 1");
    field("rater", rater, "field that names the reader; blank in a consensus");
  }
};

struct PreprocessPrograms {
  std::string train, eval;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("train", train, "program for training images");
    field("eval", eval, "program for all others");
  }
};

/// How a published layout becomes a manifest: a TOML file, ours or a user's. Exactly one
/// of `folders`, `npz`, `table` and `tables` is the source of rows; every other key maps
/// their fields.
struct Recipe {
  std::string name, title, citation, license, tree, kind, label, patient_namespace;
  nlohmann::json labels, positive, patient, classes, attributes, uncertain, blank;
  nlohmann::json image, case_id, split, class_rule, columns;
  nlohmann::json each_label, patient_fallback, fields, select, variants;
  std::vector<std::string> image_folders;
  bool drop_train_repeats = false;
  bool skip_missing = false;
  nlohmann::json merge;
  std::vector<JoinSource> joins;
  std::vector<TableSource> tables;
  PreprocessPrograms preprocess;
  FolderSource folders;
  NpzSource npz;
  TableSource table;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("name", name, "of the data set; left out, the folder's or file's");
    field("title", title, "full name");
    field("citation", citation, "what to cite");
    field("license", license, "terms of use");
    field("tree", tree, "the files that are expected, for people");
    field("kind", kind, "binary, multilabel or multiclass; left out, as the data has it");
    field("label", label, "name of a binary set's label; left out, its positive class");
    field("labels", labels, "rules of label columns: [{name, from, ...}], or names");
    field("each_label", each_label,
          "keys that every rule of `labels` has unless it says");
    field("classes", classes, "class names, in the order of their codes or as wanted");
    field("positive", positive, "class, or list of classes, that is 1 in a binary set");
    field("image", image, "rule: the image's path; of several, the first that is there");
    field("image_folders", image_folders, "folders that it may lie in; * in their names");
    field("case", case_id, "rule: which images belong together; left out, each alone");
    field("patient", patient, "rule, or \"none\" where patients are not known");
    field("patient_fallback", patient_fallback,
          "rule where the patient is blank; such rows are counted and noted");
    field("patient_namespace", patient_namespace, "whose patient ids these are");
    field("split", split, "rule: train, val, test or blank");
    field("class", class_rule, "rule: the class of a row");
    field("columns", columns, "rules of view, laterality, site and attributes");
    field("fields", fields, "rules of fields that all later rules may read");
    field("select", select,
          "conditions that a row must meet: [{from, is, not, min, max}]");
    field("merge", merge,
          "how rows of one image become one: \"worst\", or { votes = 2, rater = FIELD }");
    field("attributes", attributes, "as in dataset.toml");
    field("uncertain", uncertain, "as in dataset.toml");
    field("blank", blank, "as in dataset.toml");
    field("preprocess", preprocess, "");
    field("drop_train_repeats", drop_train_repeats,
          "leave out training images whose pixels are those of a val or test image");
    field("skip_missing", skip_missing, "leave out rows whose image file is not there");
    field("folders", folders, "");
    field("npz", npz, "");
    field("table", table, "");
    field("tables", tables, "several tables, one below the other, in place of `table`");
    field("join", joins, "tables that add columns, in order");
    field("variant", variants,
          "other forms of publication: the keys that differ `when` a file is there");
  }
};

/// A recipe that is part of the program.
struct BuiltinRecipe {
  std::string_view name, text;
};

/// @return all of them, by name.
const std::vector<BuiltinRecipe>& builtin_recipes();

/// @param name a built-in recipe's name or the path of a TOML file.
/// @throws UserError with the nearest built-in name where it is neither.
config::Document read_recipe(const std::string& name);

/// @throws UserError naming the line of an unknown key or a value of the wrong type, and
/// where not exactly one source is given; of every variant too.
Recipe parse_recipe(const config::Document& document);

/// @return `merge` as read; nothing where the recipe has none.
std::optional<MergeRule> read_merge_rule(const config::Document& document,
                                         const Recipe& recipe);

/// Puts the keys of the first variant whose file is there in place of the recipe's own;
/// what --set gave stays.
/// @param root as import_dataset() takes it.
config::Document choose_variant(const config::Document& document,
                                const std::filesystem::path& root);

/// @return the fields that the recipe may read, in lower case: every text in it,
/// every {part} of a text, and those that are read without a rule.
std::set<std::string> mentioned_fields(const config::Document& document);

/// @return `root` or the folder in it in which one of `names` is (a file, with or without
/// .gz, or a folder), and the path there; nothing if there is none.
struct FoundFile {
  std::filesystem::path root, path;
};
std::optional<FoundFile> find_below(const std::filesystem::path& root,
                                    const std::vector<std::string>& names);

/// @throws UserError unless `path` stays below the folder that it is relative to.
void require_below_root(const std::string& path, const std::string& what);

}  // namespace medgraft::data
