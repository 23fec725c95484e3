#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace medgraft::data {

enum class Kind { kBinary, kMultilabel, kMulticlass };
enum class Split : uint8_t { kNone, kTrain, kVal, kTest };

/// What an attribute is: a category, or a number that bin edges cut into groups.
struct Attribute {
  std::string name;
  std::vector<double> bin_edges;  ///< Empty: a category.
};

/// dataset.toml. Source: DESIGN.md section 3.
struct DatasetInfo {
  std::string name, title, citation, license;
  std::filesystem::path root;      ///< What image paths are relative to.
  std::filesystem::path manifest;  ///< manifest.csv
  Kind kind = Kind::kBinary;
  std::vector<std::string> labels;  ///< Label names; class names where multi-class.
  std::vector<Attribute> attributes;
  std::map<std::string, std::string>
      uncertain;                             ///< Every label to its policy (targets.h).
  std::map<std::string, std::string> blank;  ///< Every label to "mask" or "zero".
  std::string train_preprocess, eval_preprocess;  ///< Empty: the run's default.
  std::string patient_namespace;
  bool patients_are_known = true;        ///< False where `patient = "none"`.
  bool attributes_are_declared = false;  ///< Whether dataset.toml has the key.
};

struct ImageEntry {
  std::string path;  ///< As in the manifest: file, file.tar#member or file.npz#array/row.
  std::string view, laterality;
  int64_t case_index = 0;
  int64_t line = 0;  ///< Of the manifest, from 1.
};

struct CaseEntry {
  std::string id;
  std::string patient;  ///< Empty where patients are not known.
  Split split = Split::kNone;
  std::string site;
  std::vector<std::string> attributes;  ///< In the order of DatasetInfo::attributes.
  /// One a label: 0, 1, -1 (uncertain) or NaN (blank). Multi-class: one, the class's
  /// index.
  std::vector<float> labels;
  std::vector<int64_t> images;  ///< Indices into Dataset::images.
};

/// A manifest and its description, read and checked; no pixels.
struct Dataset {
  DatasetInfo info;
  std::vector<CaseEntry> cases;
  std::vector<ImageEntry> images;
  std::string manifest_sha256, info_sha256;

  std::vector<int64_t> cases_of(Split split) const;
};

struct ReadOptions {
  /// For commands that look at or repair a data set, and where one split alone is read.
  bool allow_patient_leaks = false;
};

/// @param path a folder that holds dataset.toml, or that file.
/// @throws UserError naming file, line and column: unknown keys, a label that is not 0,
/// 1, -1 or blank, a missing `patient` column, rows of a case that disagree, a patient in
/// two splits (unless allowed).
Dataset read_dataset(const std::filesystem::path& path, ReadOptions options = {});

/// dataset.toml alone. @param path as for read_dataset().
DatasetInfo read_dataset_info(const std::filesystem::path& path);

/// Reads the manifest that `info` names. The steps of read_dataset() for its tests;
/// checks everything but leaks. Adds to `info.attributes` the usual ones that have a
/// column, where dataset.toml says nothing of attributes.
Dataset read_manifest(DatasetInfo info);

/// Patients that stand in more than one split.
struct PatientLeaks {
  int64_t num_patients = 0;
  int64_t first_line = 0, second_line = 0;  ///< Of the manifest: one example.
};

/// @return no patients where they are not known.
PatientLeaks find_patient_leaks(const Dataset& dataset);

/// @return the indices, into `cases`, of the nested subset that holds `fraction` of the
/// patients of `cases` (at least one): every smaller subset of the same seed is part of
/// every larger one. Stratified by label as far as patients allow.
std::vector<int64_t> nested_subset(const Dataset& dataset,
                                   const std::vector<int64_t>& cases, double fraction,
                                   uint64_t seed);

/// @return the edges by which an attribute is grouped unless dataset.toml names others:
/// ages have some, categories none.
std::vector<double> usual_bin_edges(std::string_view attribute);

std::string_view to_string(Kind kind);
std::string_view to_string(Split split);

}  // namespace medgraft::data
