#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/evaluation/predictions.h"

namespace medgraft::evaluation {
namespace {

namespace fs = std::filesystem;
using Row = std::vector<std::string_view>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kProb = "prob:", kLabel = "label:", kLogit = "logit:",
                           kFeature = "feature:";

// Where the file keeps what: indices of columns.
struct Columns {
  std::optional<size_t> case_id, patient, split, site, multiclass_label;
  std::vector<size_t> labels, probabilities, logits, features, attributes;
};

// The whole file and what is read from it are in memory, which a message should say
// before the machine does.
void require_size(const fs::path& path) {
  constexpr double kGigabyte = 1e9, kMostGigabytes = 4, kTimesInMemory = 5;
  std::error_code status;
  if (!fs::is_regular_file(path, status)) return;
  const auto size = static_cast<double>(fs::file_size(path, status));
  require(status || size <= kMostGigabytes * kGigabyte, path.string(), " has ",
          format_fixed(size / kGigabyte, 1), " GB and would take about ",
          format_fixed(kTimesInMemory * size / kGigabyte, 0),
          " GB of memory; a predictions file has at most ",
          format_fixed(kMostGigabytes, 0),
          " GB: leave columns out, or evaluate parts of it (one split, fewer labels)");
}

// A label needs its probability, and a probability its label: neither is left out
// silently.
void require_pairs(const CsvHeader& header, const Predictions& out,
                   const std::string& file) {
  for (const auto& name : header.names()) {
    for (const auto prefix : {kLabel, kLogit}) {
      if (!name.starts_with(prefix)) continue;
      const auto of = name.substr(prefix.size());
      require(header.find(text(kProb, of)).has_value(), file, " has column \"", name,
              "\" without \"", kProb, of, "\"; every label has both");
      require(!out.multiclass || prefix != kLabel, file, " has columns \"label\" and \"",
              name, "\"; a file has one of the two kinds");
    }
  }
  for (const auto& name : out.names) {
    require(out.multiclass || header.find(text(kLabel, name)).has_value(), file,
            " has column \"", kProb, name, "\" without \"", kLabel, name,
            "\" (nor \"label\", which several classes share); every label has both");
  }
  require(!out.multiclass || out.names.size() > 1, file,
          " has the column \"label\" and one class, ", out.names[0],
          "; several classes have prob:CLASS each, one label has label:NAME");
}

Columns find_columns(const CsvHeader& header, const std::string& file, Predictions& out) {
  Columns columns;
  columns.case_id = header.find("case");
  columns.patient = header.find("patient");
  columns.split = header.find("split");
  columns.site = header.find("site");
  columns.multiclass_label = header.find("label");
  const auto& names = header.names();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].starts_with(kProb)) {
      columns.probabilities.push_back(i);
      out.names.push_back(names[i].substr(kProb.size()));
    } else if (names[i].starts_with(kFeature)) {
      columns.features.push_back(i);
      out.feature_names.push_back(names[i].substr(kFeature.size()));
    } else if (i != columns.case_id && i != columns.patient && i != columns.split &&
               i != columns.site && i != columns.multiclass_label && !names[i].empty() &&
               !names[i].starts_with(kLabel) && !names[i].starts_with(kLogit)) {
      columns.attributes.push_back(i);  // A column without a name is a table's index.
      out.attributes.push_back({names[i], {}});
    }
  }
  require(!out.names.empty(), file,
          " has no prob:NAME column; a predictions file has label:NAME and prob:NAME "
          "columns, or label and prob:CLASS");
  out.multiclass = columns.multiclass_label.has_value();
  require_pairs(header, out, file);
  for (const auto& name : out.names) {
    if (!out.multiclass) columns.labels.push_back(header.at(text(kLabel, name)));
    const auto logit = header.find(text(kLogit, name));
    if (logit) columns.logits.push_back(*logit);
  }
  require(columns.logits.empty() || columns.logits.size() == out.names.size(), file,
          " has ", columns.logits.size(), " logit: columns for ", out.names.size(),
          " prob: columns; all of them or none are accepted");
  return columns;
}

class Rows {
 public:
  Rows(CsvReader& reader, const CsvHeader& header, const Columns& columns,
       Predictions& out)
      : reader_(reader), header_(header), columns_(columns), out_(out) {
    for (size_t k = 0; k < out.names.size(); ++k) {
      class_index_[out.names[k]] = static_cast<double>(k);
    }
  }

  void append(const Row& row) {
    require(row.size() == header_.names().size(), reader_.name(), ":", reader_.line(),
            ": ", row.size(), " fields where the header has ", header_.names().size());
    if (columns_.case_id) {
      out_.cases.emplace_back(row[*columns_.case_id]);
    } else {
      out_.cases.push_back(std::to_string(out_.cases.size()));
    }
    if (columns_.patient) out_.patients.emplace_back(row[*columns_.patient]);
    const auto split = columns_.split ? row[*columns_.split] : std::string_view();
    out_.splits.emplace_back(split.empty() ? "test" : split);
    out_.sites.emplace_back(columns_.site ? row[*columns_.site] : std::string_view());
    for (size_t a = 0; a < columns_.attributes.size(); ++a) {
      out_.attributes[a].second.emplace_back(row[columns_.attributes[a]]);
    }
    append_labels(row);
    append_probabilities(row);
    for (const size_t column : columns_.logits) {
      out_.logits.push_back(number(row, column));
    }
    for (const size_t column : columns_.features) {
      out_.features.push_back(static_cast<float>(number(row, column)));
    }
  }

 private:
  void append_labels(const Row& row) {
    if (!out_.multiclass) {
      for (const size_t column : columns_.labels) {
        out_.labels.push_back(label(row, column));
      }
      return;
    }
    const size_t column = *columns_.multiclass_label;
    if (row[column].empty()) {
      out_.labels.push_back(kUnknown);
      return;
    }
    const auto found = class_index_.find(std::string(row[column]));
    if (found == class_index_.end())
      refuse(row, column, "the prob: columns name the classes");
    out_.labels.push_back(found->second);
  }

  double label(const Row& row, size_t column) const {
    const auto field = row[column];
    if (field == "0") return 0;
    if (field == "1") return 1;
    if (field.empty()) return kUnknown;
    const auto value = parse_double(field);
    if (!value || (*value != 0 && *value != 1 && *value != -1)) {
      refuse(row, column, "0, 1, -1 (uncertain) and blank are accepted");
    }
    return *value;
  }

  void append_probabilities(const Row& row) {
    constexpr double kSumTolerance = 1e-3;
    double sum = 0;
    for (const size_t column : columns_.probabilities) {
      const auto p = parse_double(row[column]);
      if (!p || !(*p >= 0 && *p <= 1)) {
        refuse(row, column, "a probability is between 0 and 1");
      }
      sum += *p;
      out_.probabilities.push_back(*p);
    }
    if (out_.multiclass && !(std::abs(sum - 1) <= kSumTolerance)) {
      throw UserError(text(reader_.name(), ":", reader_.line(),
                           ": the class probabilities add up to ", format_number(sum, 6),
                           "; 1 (within 0.001) is accepted"));
    }
  }

  double number(const Row& row, size_t column) const {
    const auto value = parse_double(row[column]);
    if (!value || !std::isfinite(*value)) refuse(row, column, "a number is accepted");
    return *value;
  }

  [[noreturn]] void refuse(const Row& row, size_t column, const char* accepted) const {
    constexpr size_t kShown = 60;
    throw UserError(text(reader_.name(), ":", reader_.line(), ": ",
                         header_.names()[column], " is \"", row[column].substr(0, kShown),
                         "\"; ", accepted));
  }

  CsvReader& reader_;
  const CsvHeader& header_;
  const Columns& columns_;
  Predictions& out_;
  std::unordered_map<std::string, double> class_index_;
};

}  // namespace

Predictions read_predictions(const fs::path& path) {
  require_size(path);
  CsvReader reader(path);
  std::vector<std::string> names;
  require(reader.next(names), path.string(), " is empty; a header row is expected");
  const CsvHeader header(std::move(names), path.string());
  Predictions out;
  const auto columns = find_columns(header, path.string(), out);
  Rows rows(reader, header, columns, out);
  for (Row row; reader.next(row);) rows.append(row);
  require(!out.cases.empty(), path.string(),
          " has a header and no rows; one row a case is accepted");
  return out;
}

}  // namespace medgraft::evaluation
