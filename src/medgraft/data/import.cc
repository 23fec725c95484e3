#include "medgraft/data/import.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/label_rules.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

const std::vector<std::string> kPlainColumns = {"view", "laterality", "site"};

/// One row of the manifest.
struct ManifestRow {
  std::string image, case_id, patient, split;
  std::vector<std::string> columns, labels;
};

/// A folder that is gone when the import ends, however it ends.
class ScratchFolder {
 public:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {
    fs::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class Import {
 public:
  Import(const Document& document, const fs::path& root)
      : document_(document), recipe_(parse_recipe(document)) {
    require(fs::exists(root), "there is no folder ", root.string());
    source_ = recipe_.folders.is_used ? read_folders(recipe_, root)
              : recipe_.npz.is_used   ? read_npz(recipe_, root)
                                      : read_table(recipe_, root);
    labels_ = make_label_columns(document_, recipe_, source_);
    report_.name = recipe_.name.empty() ? source_.name : recipe_.name;
    report_.kind = to_string(labels_.kind);
    report_.labels = labels_.labels;
    knows_patients_ = recipe_.patient != "none";
    document_.require_at(!recipe_.patient.is_null(), "patient",
                         "is a rule, or \"none\" where patients are not known");
  }

  ImportReport run(const fs::path& out) {
    map_rows();
    if (recipe_.drop_train_repeats) drop_train_repeats();
    const auto manifest = manifest_text();
    const auto description = description_text(out);
    {
      const ScratchFolder scratch(out / text(".import-", getpid()));
      write_file_atomically(scratch.path() / "manifest.csv", manifest);
      write_file_atomically(scratch.path() / "dataset.toml", description);
      count(read_dataset(scratch.path(), {.allow_patient_leaks = true}));
    }
    write_file_atomically(out / "manifest.csv", manifest);
    write_file_atomically(out / "dataset.toml", description);
    return report_;
  }

 private:
  void map_rows();
  ManifestRow map_row(const std::vector<std::string>& row) const;
  bool is_missing(const std::string& image) const;
  void drop_train_repeats();
  std::string manifest_text() const;
  std::string description_text(const fs::path& out) const;
  void count(const Dataset& dataset);

  std::optional<FieldRule> rule(const char* key, const json& rule,
                                const char* usual_field) const {
    if (!rule.is_null()) return FieldRule(document_, key, rule, source_.rows);
    const auto& fields = source_.rows.fields;
    if (std::find(fields.begin(), fields.end(), usual_field) == fields.end()) return {};
    return FieldRule(document_, key, text("{", usual_field, "}"), source_.rows);
  }

  const Document& document_;
  Recipe recipe_;
  Source source_;
  LabelColumns labels_;
  bool knows_patients_ = false;
  std::vector<std::string> column_names_;
  std::optional<FieldRule> image_, case_, patient_, split_;
  std::vector<FieldRule> columns_;
  std::vector<ManifestRow> rows_;
  ImportReport report_;
};

bool Import::is_missing(const std::string& image) const {
  std::error_code status;
  return !fs::is_regular_file(source_.root / split_image_name(image).file, status);
}

ManifestRow Import::map_row(const std::vector<std::string>& row) const {
  ManifestRow out;
  out.image = image_->value(row);
  require(!out.image.empty(), "the image's path is blank");
  out.case_id = case_ ? case_->value(row) : out.image;
  if (knows_patients_) out.patient = patient_->value(row);
  require(!knows_patients_ || !out.patient.empty(),
          "no patient; where patients are not known, the recipe says patient = \"none\"");
  if (split_) out.split = split_->value(row);
  require(out.split.empty() || out.split == "train" || out.split == "val" ||
              out.split == "test",
          "split \"", out.split,
          "\" is not train, val, test or blank; a map can rename it");
  for (const auto& column : columns_) out.columns.push_back(column.value(row));
  out.labels = labels_.values(row);
  return out;
}

void Import::map_rows() {
  image_ = rule("image", recipe_.image, "path");
  document_.require_at(image_.has_value(), "image",
                       "is missing: the rule of image paths");
  case_ = rule("case", recipe_.case_id, "");
  if (knows_patients_) patient_ = rule("patient", recipe_.patient, "");
  split_ = rule("split", recipe_.split, "split");
  if (!recipe_.columns.is_null()) {
    document_.require_at(recipe_.columns.is_object(), "columns",
                         "is a table of rules, got ", recipe_.columns.dump());
    for (const auto& [name, value] : recipe_.columns.items()) {
      column_names_.push_back(name);
      columns_.emplace_back(document_, "columns." + name, value, source_.rows);
    }
  }
  std::string first_missing;
  for (size_t i = 0; i < source_.rows.rows.size(); ++i) {
    try {
      auto row = map_row(source_.rows.rows[i]);
      if (!is_missing(row.image)) {
        rows_.push_back(std::move(row));
        continue;
      }
      if (first_missing.empty()) first_missing = row.image;
      ++report_.skipped_missing;
    } catch (const UserError& error) {
      throw UserError(text(source_.rows.places[i], ": ", error.what()));
    }
  }
  require(report_.skipped_missing == 0 || recipe_.skip_missing, report_.skipped_missing,
          " of ", source_.rows.rows.size(), " images are not below ",
          source_.root.string(), ", for instance ", first_missing,
          "; --set skip_missing=true goes on without them");
  require(!rows_.empty(), "none of the images is below ", source_.root.string(),
          ", for instance ", first_missing);
}

void Import::drop_train_repeats() {
  const ImageSource images(source_.root);
  const auto digest = [&](const ManifestRow& row) {
    auto decoded = images.decode(row.image);
    require(decoded.has_value(), row.image, ": ",
            decoded.has_value() ? "" : decoded.error().reason);
    const auto& image = decoded.value();
    const auto bytes = std::as_bytes(std::span(image.pixels));
    return Sha256()
        .update(text(image.height, " ", image.width, " ", image.channels, "\n"))
        .update({reinterpret_cast<const char*>(bytes.data()), bytes.size()})
        .hex();
  };
  std::unordered_set<std::string> held_out;
  for (const auto& row : rows_) {
    if (row.split == "val" || row.split == "test") held_out.insert(digest(row));
  }
  const auto before = rows_.size();
  std::erase_if(rows_, [&](const ManifestRow& row) {
    return row.split == "train" && held_out.count(digest(row)) > 0;
  });
  report_.dropped_repeats = static_cast<int64_t>(before - rows_.size());
}

std::string Import::manifest_text() const {
  CsvWriter csv;
  csv.field("image").field("case");
  if (knows_patients_) csv.field("patient");
  csv.field("split");
  for (const auto& name : column_names_) csv.field(name);
  for (const auto& name : labels_.columns) csv.field(name);
  csv.end_row();
  for (const auto& row : rows_) {
    csv.field(row.image).field(row.case_id);
    if (knows_patients_) csv.field(row.patient);
    csv.field(row.split);
    for (const auto& value : row.columns) csv.field(value);
    for (const auto& value : row.labels) csv.field(value);
    csv.end_row();
  }
  return csv.text();
}

std::string Import::description_text(const fs::path& out) const {
  json keys = {
      {"name", report_.name}, {"kind", report_.kind}, {"labels", report_.labels}};
  const auto root = fs::weakly_canonical(source_.root);
  keys["root"] = root.lexically_relative(fs::weakly_canonical(out)).generic_string();
  keys["manifest"] = "manifest.csv";
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) keys[key] = value;
  };
  add("title", recipe_.title);
  add("citation", recipe_.citation);
  add("license", recipe_.license);
  add("patient_namespace", recipe_.patient_namespace);
  if (!knows_patients_) keys["patient"] = "none";
  if (!recipe_.uncertain.is_null()) keys["uncertain"] = recipe_.uncertain;
  if (!recipe_.blank.is_null()) keys["blank"] = recipe_.blank;
  const auto& programs = recipe_.preprocess;
  if (!programs.train.empty()) keys["preprocess"]["train"] = programs.train;
  if (!programs.eval.empty()) keys["preprocess"]["eval"] = programs.eval;
  keys["attributes"] = json::array();
  for (const auto& name : column_names_) {
    const bool is_plain = std::find(kPlainColumns.begin(), kPlainColumns.end(), name) !=
                          kPlainColumns.end();
    if (is_plain) continue;
    const auto bins = usual_bin_edges(name);
    keys["attributes"].push_back(bins.empty() ? json(name)
                                              : json{{"name", name}, {"bins", bins}});
  }
  if (!recipe_.attributes.is_null()) keys["attributes"] = recipe_.attributes;
  return config::to_toml(keys);
}

void Import::count(const Dataset& dataset) {
  report_.num_images = static_cast<int64_t>(dataset.images.size());
  report_.num_cases = static_cast<int64_t>(dataset.cases.size());
  std::set<std::string> patients;
  for (const auto& entry : dataset.cases) {
    const auto images = static_cast<int64_t>(entry.images.size());
    report_.splits[std::string(to_string(entry.split))] += images;
    patients.insert(entry.patient);
    for (size_t i = 0; i < entry.labels.size(); ++i) {
      const bool is_class = dataset.info.kind == Kind::kMulticlass;
      const bool is_counted = is_class ? entry.labels[i] >= 0 : entry.labels[i] == 1;
      const auto label =
          is_class && is_counted ? static_cast<size_t>(entry.labels[i]) : i;
      if (is_counted) report_.positives[dataset.info.labels[label]] += images;
    }
  }
  if (knows_patients_) report_.num_patients = static_cast<int64_t>(patients.size());
  report_.patients_across_splits = find_patient_leaks(dataset).num_patients;
}

}  // namespace

ImportReport import_dataset(const Document& recipe, const fs::path& root,
                            const fs::path& out) {
  return Import(recipe, root).run(out);
}

}  // namespace medgraft::data
