#include "medgraft/evaluation/predictions.h"

#include <cmath>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::evaluation {
namespace {

constexpr int kDigits = 9;
constexpr int kFeatureDigits = 7;  // What float32 holds; more would be a longer file.
constexpr std::string_view kProb = "prob:", kLabel = "label:", kLogit = "logit:",
                           kFeature = "feature:";

std::string label_text(double value) {
  return std::isnan(value) ? std::string() : format_number(value);
}

}  // namespace

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
      out.field(format_number(p.features[i * features + d], kFeatureDigits));
    }
    out.end_row();
    if (out.text().size() > kPiece) file.write(out.take());
  }
  file.write(out.take());
  file.commit();
}

}  // namespace medgraft::evaluation
