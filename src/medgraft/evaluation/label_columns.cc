#include "medgraft/evaluation/label_columns.h"

#include <algorithm>
#include <cmath>

namespace medgraft::evaluation {

using statistics::LabelColumn;

std::vector<LabelColumn> label_columns(const SplitView& view) {
  const auto& predictions = *view.predictions;
  const auto width = static_cast<size_t>(predictions.num_columns());
  std::vector<LabelColumn> columns(width);
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    for (size_t k = 0; k < width; ++k) {
      double label = predictions.labels[predictions.multiclass ? row : row * width + k];
      if (std::isnan(label) || label < 0) continue;
      if (predictions.multiclass) label = label == static_cast<double>(k) ? 1 : 0;
      columns[k].probabilities.push_back(predictions.probabilities[row * width + k]);
      columns[k].labels.push_back(label);
      columns[k].patients.push_back(view.patient_index[i]);
    }
  }
  return columns;
}

LabelColumn top_column(const SplitView& view) {
  const auto& predictions = *view.predictions;
  const auto width = static_cast<size_t>(predictions.num_columns());
  LabelColumn column;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const double actual = predictions.labels[row];
    if (std::isnan(actual)) continue;
    const auto first =
        predictions.probabilities.begin() + static_cast<std::ptrdiff_t>(row * width);
    const auto top = std::max_element(first, first + static_cast<std::ptrdiff_t>(width));
    column.probabilities.push_back(*top);
    column.labels.push_back(static_cast<double>(top - first) == actual ? 1 : 0);
    column.patients.push_back(view.patient_index[i]);
  }
  return column;
}

std::vector<double> values_of_figure(const std::vector<double>& values, size_t figures,
                                     size_t figure) {
  std::vector<double> out;
  for (size_t at = figure; at < values.size(); at += figures) out.push_back(values[at]);
  return out;
}

}  // namespace medgraft::evaluation
