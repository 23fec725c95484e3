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
#include "medgraft/data/image_finder.h"
#include "medgraft/data/import_source.h"
#include "medgraft/data/label_rules.h"
#include "medgraft/data/row_merge.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

const std::vector<std::string> kPlainColumns = {"view", "laterality", "site"};

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

// Every form of the recipe is read first, so that a mistake in any is found.
Document checked_variant(const Document& document, const fs::path& root) {
  parse_recipe(document);
  return choose_variant(document, root);
}

class Import {
 public:
  Import(const Document& document, const fs::path& root, const fs::path& out,
         int num_threads)
      : out_(out),
        document_(checked_variant(document, root)),
        recipe_(parse_recipe(document_)) {
    require(fs::exists(root), "there is no folder ", root.string());
    ReadTables reading{
        root, mentioned_fields(document_), out / "dicom_index.csv", num_threads, {}};
    source_ = load_source(document_, recipe_, root, reading);
    report_.notes = std::move(reading.notes);
    labels_ = make_label_columns(document_, recipe_, source_);
    report_.name = recipe_.name.empty() ? source_.name : recipe_.name;
    report_.kind = to_string(labels_.kind);
    report_.labels = labels_.labels;
    knows_patients_ = recipe_.patient != "none";
    document_.require_at(!recipe_.patient.is_null(), "patient",
                         "is a rule, or \"none\" where patients are not known");
  }

  ImportReport run() {
    map_rows();
    if (recipe_.drop_train_repeats) drop_train_repeats();
    const auto manifest = manifest_text();
    const auto description = description_text();
    source_.rows = {};
    rows_ = {};
    {
      const ScratchFolder scratch(out_ / text(".import-", getpid()));
      write_file_atomically(scratch.path() / "manifest.csv", manifest);
      write_file_atomically(scratch.path() / "dataset.toml", description);
      count(read_dataset(scratch.path(), {.allow_patient_leaks = true}));
    }
    write_file_atomically(out_ / "manifest.csv", manifest);
    write_file_atomically(out_ / "dataset.toml", description);
    return report_;
  }

 private:
  void compile_rules();
  void map_rows();
  ManifestRow map_row(size_t row, std::string image);
  void note_missing(const std::set<std::string>& missing, size_t num_rows);
  void drop_train_repeats();
  std::string manifest_text() const;
  std::string description_text() const;
  void count(const Dataset& dataset);

  std::optional<FieldRule> rule(const char* key, const json& rule,
                                const char* usual_field) const {
    if (!rule.is_null()) return FieldRule(document_, key, rule, source_.rows);
    if (*usual_field == 0 || !source_.rows.find(usual_field)) return {};
    return FieldRule(document_, key, text("{", usual_field, "}"), source_.rows);
  }

  fs::path out_;
  Document document_;
  Recipe recipe_;
  Source source_;
  LabelColumns labels_;
  bool knows_patients_ = false;
  std::vector<std::string> column_names_;
  std::optional<ImageFinder> images_;
  std::optional<FieldRule> case_, patient_, patient_fallback_, split_;
  int64_t num_fallbacks_ = 0;
  std::vector<FieldRule> columns_;
  std::vector<ManifestRow> rows_;
  ImportReport report_;
};

ManifestRow Import::map_row(size_t row, std::string image) {
  ManifestRow out;
  out.image = std::move(image);
  const auto value = [&](const FieldRule& rule) { return rule.value(source_.rows, row); };
  out.case_id = case_ ? value(*case_) : out.image;
  if (knows_patients_) out.patient = value(*patient_);
  if (out.patient.empty() && patient_fallback_) {
    out.patient = value(*patient_fallback_);
    ++num_fallbacks_;
  }
  require(!knows_patients_ || !out.patient.empty(),
          "no patient; where patients are not known, the recipe says patient = \"none\"");
  if (split_) out.split = value(*split_);
  require(out.split.empty() || out.split == "train" || out.split == "val" ||
              out.split == "test",
          "split \"", out.split,
          "\" is not train, val, test or blank; a map can rename it");
  for (const auto& column : columns_) out.columns.push_back(value(column));
  out.labels = labels_.values(source_.rows, row);
  return out;
}

void Import::compile_rules() {
  auto image = recipe_.image;
  if (image.is_null() && source_.rows.find("path")) image = "{path}";
  document_.require_at(!image.is_null(), "image", "is missing: the rule of image paths");
  images_.emplace(document_, image, recipe_.image_folders, source_.rows, source_.root);
  case_ = rule("case", recipe_.case_id, "");
  if (knows_patients_) {
    patient_ = rule("patient", recipe_.patient, "");
    patient_fallback_ = rule("patient_fallback", recipe_.patient_fallback, "");
  }
  split_ = rule("split", recipe_.split, "split");
  if (recipe_.columns.is_null()) return;
  document_.require_at(recipe_.columns.is_object(), "columns",
                       "is a table of rules, got ", recipe_.columns.dump());
  for (const auto& [name, value] : recipe_.columns.items()) {
    column_names_.push_back(name);
    columns_.emplace_back(document_, "columns." + name, value, source_.rows);
  }
}

void Import::map_rows() {
  compile_rules();
  const auto& rows = source_.rows;
  const auto merge = read_merge_rule(document_, recipe_);
  RowMerge merged(merge.value_or(MergeRule{}), labels_.kind == Kind::kMulticlass);
  const bool has_raters = merge && merge->votes > 0;
  const auto rater = has_raters ? rows.field_index(merge->rater) : 0;
  std::set<std::string> missing;
  for (size_t i = 0; i < rows.size(); ++i) {
    try {
      auto found = images_->find(rows, i);
      if (!found.is_there) {
        missing.insert(std::move(found.image));
        continue;
      }
      auto row = map_row(i, std::move(found.image));
      if (merge) {
        merged.add(std::move(row), has_raters ? rows.at(i, rater) : std::string_view());
      } else {
        rows_.push_back(std::move(row));
      }
    } catch (const UserError& error) {
      throw UserError(text(rows.place(i), ": ", error.what()));
    }
  }
  if (merge) rows_ = merged.finish();
  note_missing(missing, rows.size());
}

void Import::note_missing(const std::set<std::string>& missing, size_t num_rows) {
  report_.skipped_missing = static_cast<int64_t>(missing.size());
  const auto first = missing.empty() ? std::string() : *missing.begin();
  require(missing.empty() || recipe_.skip_missing, missing.size(), " of ",
          rows_.size() + missing.size(), " images are not below ", source_.root.string(),
          ", for instance ", first, "; --set skip_missing=true goes on without them");
  require(!rows_.empty(), "none of the images is below ", source_.root.string(),
          ", for instance ", first);
  if (num_fallbacks_ == 0) return;
  report_.notes.push_back(text(num_fallbacks_, " of ", num_rows,
                               " rows name no patient or group; each is taken as one of "
                               "its own, by the recipe's patient_fallback"));
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

std::string Import::description_text() const {
  json keys = {
      {"name", report_.name}, {"kind", report_.kind}, {"labels", report_.labels}};
  const auto root = fs::weakly_canonical(source_.root);
  keys["root"] = root.lexically_relative(fs::weakly_canonical(out_)).generic_string();
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
                            const fs::path& out, int num_threads) {
  return Import(recipe, root, out, num_threads).run();
}

}  // namespace medgraft::data
