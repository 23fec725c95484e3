#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/dataset.h"

namespace medgraft::data {
namespace {

using Column = std::optional<size_t>;

/// Attributes that a manifest may have without dataset.toml naming them. Ages are grouped
/// by these edges unless it names others.
const Attribute kUsualAttributes[] = {{"age", {20, 40, 60, 80}},
                                      {"sex", {}},
                                      {"race", {}},
                                      {"skin_type", {}},
                                      {"density", {}}};

/// Reads rows into a data set, checking each.
class ManifestReader {
 public:
  explicit ManifestReader(DatasetInfo info) : rows_(info.manifest) {
    dataset_.info = std::move(info);
    find_columns();
    // One row in some fifty bytes; a wrong guess costs a little time or untouched memory.
    constexpr std::uintmax_t kBytesPerRow = 50, kMaximumGuess = std::uintmax_t{1} << 22;
    const auto guess = static_cast<size_t>(
        std::min(std::filesystem::file_size(dataset_.info.manifest) / kBytesPerRow,
                 kMaximumGuess));
    dataset_.cases.reserve(guess);
    dataset_.images.reserve(guess);
    case_index_.reserve(guess);
  }

  Dataset read() {
    while (rows_.next(row_)) add_row();
    require(!dataset_.images.empty(), rows_.name(), " has a header and no rows");
    return std::move(dataset_);
  }

 private:
  void find_columns();
  void add_row();
  CaseEntry read_case() const;
  void require_same(const CaseEntry& known, const CaseEntry& now) const;
  std::vector<float> read_labels() const;
  float read_label(size_t column) const;
  float read_class(size_t column) const;
  Split read_split() const;

  const std::string& value(const Column& column) const {
    static const std::string kBlank;
    return column ? row_[*column] : kBlank;
  }
  std::string place(size_t column) const {
    return text(rows_.name(), ":", rows_.line(), ", column ", column + 1, " (\"",
                header_.names()[column], "\"): ");
  }
  const std::string& required(size_t column) const {
    if (row_[column].empty()) throw UserError(place(column) + "is blank");
    return row_[column];
  }

  CsvReader rows_;
  CsvHeader header_;
  Dataset dataset_;
  std::vector<std::string> row_;
  size_t image_ = 0, case_ = 0;
  Column patient_, split_, view_, laterality_, site_;
  std::vector<size_t> attributes_, labels_;
  std::unordered_map<std::string, int64_t> case_index_;
  std::vector<int64_t> first_line_;
};

void ManifestReader::find_columns() {
  auto& info = dataset_.info;
  std::vector<std::string> names;
  require(rows_.next(names), rows_.name(), " is empty; a header row is expected");
  header_ = CsvHeader(names, rows_.name());
  image_ = header_.at("image");
  case_ = header_.at("case");
  patient_ = header_.find("patient");
  require(
      patient_.has_value() || !info.patients_are_known, rows_.name(),
      " has no column \"patient\"; where patients are not known, dataset.toml says so: "
      "patient = \"none\"");
  split_ = header_.find("split");
  view_ = header_.find("view");
  laterality_ = header_.find("laterality");
  site_ = header_.find("site");
  if (!info.attributes_are_declared) {
    for (const auto& attribute : kUsualAttributes) {
      const auto is_label =
          std::find(info.labels.begin(), info.labels.end(), attribute.name);
      if (header_.find(attribute.name) && is_label == info.labels.end()) {
        info.attributes.push_back(attribute);
      }
    }
  }
  for (const auto& attribute : info.attributes) {
    attributes_.push_back(header_.at(attribute.name));
  }
  if (info.kind == Kind::kMulticlass) {
    labels_ = {header_.at("label")};
  } else {
    for (const auto& label : info.labels) labels_.push_back(header_.at(label));
  }
}

Split ManifestReader::read_split() const {
  const auto& name = value(split_);
  if (name.empty()) return Split::kNone;
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    if (name == to_string(split)) return split;
  }
  throw UserError(
      text(place(*split_), "\"", name, "\" is not train, val, test or blank"));
}

float ManifestReader::read_label(size_t column) const {
  const auto& written = row_[column];
  if (written.empty()) return std::numeric_limits<float>::quiet_NaN();
  if (written == "0") return 0;
  if (written == "1") return 1;
  if (written == "-1") return -1;
  const auto number = parse_double(written);
  require(number && (*number == 0 || *number == 1 || *number == -1), place(column), "\"",
          written, "\" is not a label; 0, 1, -1 (uncertain) and blank (not stated) are");
  return static_cast<float>(*number);
}

float ManifestReader::read_class(size_t column) const {
  const auto& written = row_[column];
  if (written.empty()) return std::numeric_limits<float>::quiet_NaN();
  const auto& classes = dataset_.info.labels;
  const auto found = std::find(classes.begin(), classes.end(), written);
  if (found == classes.end()) {
    throw UserError(text(place(column), "\"", written,
                         "\" is not a class of dataset.toml", hint(written, classes)));
  }
  return static_cast<float>(found - classes.begin());
}

std::vector<float> ManifestReader::read_labels() const {
  std::vector<float> labels;
  labels.reserve(labels_.size());
  const bool is_class = dataset_.info.kind == Kind::kMulticlass;
  for (const size_t column : labels_) {
    labels.push_back(is_class ? read_class(column) : read_label(column));
  }
  return labels;
}

CaseEntry ManifestReader::read_case() const {
  CaseEntry entry;
  entry.id = required(case_);
  if (dataset_.info.patients_are_known) {
    entry.patient = required(*patient_);
  } else {
    require(
        value(patient_).empty(), rows_.name(), ":", rows_.line(),
        " names a patient, but dataset.toml says patient = \"none\"; take that line out");
  }
  entry.split = read_split();
  entry.site = value(site_);
  for (const size_t column : attributes_) entry.attributes.push_back(row_[column]);
  entry.labels = read_labels();
  return entry;
}

void ManifestReader::require_same(const CaseEntry& known, const CaseEntry& now) const {
  const auto check = [&](bool same, std::string_view what) {
    require(same, rows_.name(), ":", rows_.line(), ": this row and line ",
            first_line_[static_cast<size_t>(dataset_.images.back().case_index)],
            " are of one case and state a different ", what);
  };
  check(known.patient == now.patient, "patient");
  check(known.split == now.split, "split");
  check(known.site == now.site, "site");
  for (size_t i = 0; i < now.labels.size(); ++i) {
    const bool both_blank = std::isnan(known.labels[i]) && std::isnan(now.labels[i]);
    check(both_blank || known.labels[i] == now.labels[i],
          "label \"" + header_.names()[labels_[i]] + "\"");
  }
}

void ManifestReader::add_row() {
  const auto columns = header_.names().size();
  require(row_.size() == columns, rows_.name(), ":", rows_.line(), " has ", row_.size(),
          " fields; the header has ", columns);
  auto entry = read_case();
  const auto next = static_cast<int64_t>(dataset_.cases.size());
  const auto [found, is_new] = case_index_.emplace(entry.id, next);
  const int64_t index = found->second;
  dataset_.images.push_back(
      {required(image_), value(view_), value(laterality_), index, rows_.line()});
  if (is_new) {
    dataset_.cases.push_back(std::move(entry));
    first_line_.push_back(rows_.line());
  } else {
    auto& known = dataset_.cases[static_cast<size_t>(index)];
    require_same(known, entry);
    for (size_t i = 0; i < entry.attributes.size(); ++i) {
      if (known.attributes[i].empty()) known.attributes[i] = entry.attributes[i];
    }
  }
  dataset_.cases[static_cast<size_t>(index)].images.push_back(
      static_cast<int64_t>(dataset_.images.size()) - 1);
}

}  // namespace

std::vector<double> usual_bin_edges(std::string_view attribute) {
  for (const auto& usual : kUsualAttributes) {
    if (usual.name == attribute) return usual.bin_edges;
  }
  return {};
}

Dataset read_manifest(DatasetInfo info) { return ManifestReader(std::move(info)).read(); }

}  // namespace medgraft::data
