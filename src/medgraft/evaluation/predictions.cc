#include "medgraft/evaluation/predictions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::evaluation {
namespace {

constexpr int kDigits = 9;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kProb = "prob:", kLabel = "label:", kLogit = "logit:",
                           kFeature = "feature:";

// Where the file keeps what: indices of columns.
struct Columns {
  std::optional<size_t> case_id, patient, split, site, multiclass_label;
  std::vector<size_t> labels, probabilities, logits, features, attributes;
};

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
    }
  }
  require(!out.names.empty(), file,
          " has no prob:NAME column; a predictions file has "
          "label:NAME and prob:NAME columns, or label and prob:CLASS");
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].starts_with(kFeature)) {
      columns.features.push_back(i);
      out.feature_names.push_back(names[i].substr(kFeature.size()));
      continue;
    }
    const bool known = i == columns.case_id || i == columns.patient ||
                       i == columns.split || i == columns.site ||
                       i == columns.multiclass_label || names[i].starts_with(kProb) ||
                       names[i].starts_with(kLabel) || names[i].starts_with(kLogit);
    if (known) continue;
    columns.attributes.push_back(i);
    out.attributes.push_back({names[i], {}});
  }
  out.multiclass = columns.multiclass_label.has_value();
  for (const auto& name : out.names) {
    if (!out.multiclass) columns.labels.push_back(header.at(text(kLabel, name)));
    const auto logit = header.find(text(kLogit, name));
    if (logit) columns.logits.push_back(*logit);
  }
  require(columns.logits.empty() || columns.logits.size() == out.names.size(), file,
          " has logit: columns for some of its labels only");
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

  void append(const std::vector<std::string>& row) {
    require(row.size() == header_.names().size(), reader_.name(), ":", reader_.line(),
            ": ", row.size(), " fields where the header has ", header_.names().size());
    out_.cases.push_back(columns_.case_id ? row[*columns_.case_id]
                                          : std::to_string(out_.cases.size()));
    if (columns_.patient) out_.patients.push_back(row[*columns_.patient]);
    const auto split = columns_.split ? row[*columns_.split] : std::string();
    out_.splits.push_back(split.empty() ? "test" : split);
    out_.sites.push_back(columns_.site ? row[*columns_.site] : std::string());
    for (size_t a = 0; a < columns_.attributes.size(); ++a) {
      out_.attributes[a].second.push_back(row[columns_.attributes[a]]);
    }
    append_labels(row);
    append_probabilities(row);
    for (const size_t column : columns_.logits) {
      out_.logits.push_back(number(row, column, "a number"));
    }
    for (const size_t column : columns_.features) {
      out_.features.push_back(static_cast<float>(number(row, column, "a number")));
    }
  }

 private:
  void append_labels(const std::vector<std::string>& row) {
    if (out_.multiclass) {
      const auto& name = row[*columns_.multiclass_label];
      const auto found = class_index_.find(name);
      require(name.empty() || found != class_index_.end(),
              where(*columns_.multiclass_label), " is \"", name,
              "\", which no prob: column names");
      out_.labels.push_back(name.empty() ? kUnknown : found->second);
      return;
    }
    for (const size_t column : columns_.labels) {
      if (row[column].empty()) {
        out_.labels.push_back(kUnknown);
        continue;
      }
      const double value = number(row, column, "0, 1, -1 or blank");
      require(value == 0 || value == 1 || value == -1, where(column), " is ", row[column],
              "; 0, 1, -1 and blank are accepted");
      out_.labels.push_back(value);
    }
  }

  void append_probabilities(const std::vector<std::string>& row) {
    constexpr double kSumTolerance = 1e-3;
    double sum = 0;
    for (const size_t column : columns_.probabilities) {
      const double p = number(row, column, "a probability");
      require(p >= 0 && p <= 1, where(column), " is ", row[column],
              "; a probability is between 0 and 1");
      sum += p;
      out_.probabilities.push_back(p);
    }
    require(!out_.multiclass || std::abs(sum - 1) <= kSumTolerance, reader_.name(), ":",
            reader_.line(), ": the class probabilities add up to ", format_number(sum, 6),
            ", not 1");
  }

  double number(const std::vector<std::string>& row, size_t column,
                const char* what) const {
    const auto value = parse_double(row[column]);
    require(value && std::isfinite(*value), where(column), " is \"", row[column],
            "\", not ", what);
    return *value;
  }

  std::string where(size_t column) const {
    return text(reader_.name(), ":", reader_.line(), ": ", header_.names()[column]);
  }

  CsvReader& reader_;
  const CsvHeader& header_;
  const Columns& columns_;
  Predictions& out_;
  std::map<std::string, double> class_index_;
};

std::string label_text(double value) {
  return std::isnan(value) ? std::string() : format_number(value);
}

}  // namespace

Predictions read_predictions(const std::filesystem::path& path) {
  CsvReader reader(path);
  std::vector<std::string> row;
  require(reader.next(row), path.string(), " is empty; a header row is expected");
  const CsvHeader header(row, path.string());
  Predictions out;
  const auto columns = find_columns(header, path.string(), out);
  Rows rows(reader, header, columns, out);
  while (reader.next(row)) rows.append(row);
  require(!out.cases.empty(), path.string(), " has a header and no rows");
  return out;
}

void write_predictions(const std::filesystem::path& path,
                       const Predictions& predictions) {
  constexpr size_t kPiece = 1 << 20;
  const auto& p = predictions;
  const auto columns = static_cast<size_t>(p.num_columns());
  CsvWriter out;
  out.field("case").field("patient").field("split").field("site");
  for (const auto& [name, _] : p.attributes) out.field(name);
  if (p.multiclass) out.field("label");
  for (const auto& name : p.names) {
    if (!p.multiclass) out.field(text(kLabel, name));
  }
  for (const auto& name : p.names) out.field(text(kProb, name));
  for (const auto& name : p.names) {
    if (!p.logits.empty()) out.field(text(kLogit, name));
  }
  for (const auto& name : p.feature_names) out.field(text(kFeature, name));
  out.end_row();

  AtomicFile file(path);
  const auto optional = [](const std::vector<std::string>& column, size_t i) {
    return column.empty() ? std::string() : column[i];
  };
  for (size_t i = 0; i < p.cases.size(); ++i) {
    out.field(p.cases[i]).field(optional(p.patients, i)).field(optional(p.splits, i));
    out.field(optional(p.sites, i));
    for (const auto& [_, values] : p.attributes) out.field(values[i]);
    if (p.multiclass) {
      const double label = p.labels[i];
      out.field(std::isnan(label) ? std::string() : p.names[static_cast<size_t>(label)]);
    } else {
      for (size_t k = 0; k < columns; ++k)
        out.field(label_text(p.labels[i * columns + k]));
    }
    for (const auto* matrix : {&p.probabilities, &p.logits}) {
      for (size_t k = 0; k < columns && !matrix->empty(); ++k) {
        out.field(format_number((*matrix)[i * columns + k], kDigits));
      }
    }
    const size_t features = p.feature_names.size();
    for (size_t d = 0; d < features; ++d) {
      out.field(format_number(p.features[i * features + d], kDigits));
    }
    out.end_row();
    if (out.text().size() > kPiece) file.write(out.take());
  }
  file.write(out.take());
  file.commit();
}

}  // namespace medgraft::evaluation
