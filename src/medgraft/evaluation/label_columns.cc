#include "medgraft/evaluation/label_columns.h"

#include <algorithm>
#include <cmath>

namespace medgraft::evaluation {

using statistics::LabelColumn;

LabelColumn label_column(const SplitView& view, size_t label,
                         std::span<const int64_t> patients) {
  const auto& file = *view.predictions;
  const auto columns = static_cast<size_t>(file.num_columns());
  LabelColumn out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const double stated = file.labels[file.multiclass ? row : row * columns + label];
    if (std::isnan(stated) || stated < 0) continue;
    out.add(file.probabilities[row * columns + label],
            file.multiclass ? stated == static_cast<double>(label) : stated > 0.5,
            patients[i]);
  }
  return out;
}

LabelColumn label_column(const SplitView& view, size_t label) {
  return label_column(view, label, view.patient_index);
}

std::vector<LabelColumn> label_columns(const SplitView& view) {
  std::vector<LabelColumn> out;
  for (size_t k = 0; k < view.predictions->names.size(); ++k) {
    out.push_back(label_column(view, k));
  }
  return out;
}

LabelColumn top_column(const SplitView& view, std::span<const int64_t> patients) {
  const auto& file = *view.predictions;
  const auto columns = static_cast<std::ptrdiff_t>(file.num_columns());
  LabelColumn out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const double actual = file.labels[static_cast<size_t>(view.rows[i])];
    if (std::isnan(actual)) continue;
    const auto first = file.probabilities.begin() + view.rows[i] * columns;
    const auto top = std::max_element(first, first + columns);
    out.add(*top, static_cast<double>(top - first) == actual, patients[i]);
  }
  return out;
}

LabelColumn top_column(const SplitView& view) {
  return top_column(view, view.patient_index);
}

}  // namespace medgraft::evaluation
