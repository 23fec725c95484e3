#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/config/document.h"
#include "medgraft/config/fields.h"

namespace medgraft::data {

/// Images in folders named for their classes, below folders named for splits or not.
struct FolderSource {
  bool is_used = false;
  std::vector<std::string> exclude;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("is_used", is_used, "true: images lie in class folders");
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

/// Rows of a table.
struct TableSource {
  std::string file;
  std::string delimiter = ",";

  template <class Visitor>
  void visit(Visitor&& field) {
    field("file", file, "the table, relative to the root");
    field("delimiter", delimiter, "one character, \"\\t\" for tabs");
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
/// of `folders`, `npz` and `table` is the source of rows; every other key maps their
/// fields.
struct Recipe {
  std::string name, title, citation, license, tree, kind, label, patient_namespace;
  nlohmann::json labels, positive, patient, classes, attributes, uncertain, blank;
  nlohmann::json image, case_id, split, class_rule, columns;
  bool drop_train_repeats = false;
  bool skip_missing = false;
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
    field("labels", labels, "rules of label columns: [{name, from, ...}]");
    field("classes", classes, "class names, in the order of their codes or as wanted");
    field("positive", positive, "class, or list of classes, that is 1 in a binary set");
    field("image", image, "rule: path of the image, relative to the root");
    field("case", case_id, "rule: which images belong together; left out, each alone");
    field("patient", patient, "rule, or \"none\" where patients are not known");
    field("patient_namespace", patient_namespace, "whose patient ids these are");
    field("split", split, "rule: train, val, test or blank");
    field("class", class_rule, "rule: the class of a row");
    field("columns", columns, "rules of view, laterality, site and attributes");
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
/// where not exactly one source is given.
Recipe parse_recipe(const config::Document& document);

}  // namespace medgraft::data
