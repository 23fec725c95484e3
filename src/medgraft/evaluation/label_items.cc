#include "medgraft/evaluation/label_items.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace medgraft::evaluation {

int64_t LabelItems::num_positives() const {
  return std::count_if(labels.begin(), labels.end(), [](double y) { return y > 0.5; });
}

int64_t LabelItems::num_patients() const {
  return static_cast<int64_t>(
      std::unordered_set<int64_t>(patients.begin(), patients.end()).size());
}

LabelItems label_items(const SplitView& view, size_t label) {
  const auto& file = *view.predictions;
  const auto columns = static_cast<size_t>(file.num_columns());
  LabelItems out;
  for (size_t i = 0; i < view.rows.size(); ++i) {
    const auto row = static_cast<size_t>(view.rows[i]);
    const double stated =
        file.multiclass ? file.labels[row] : file.labels[row * columns + label];
    if (std::isnan(stated) || stated < 0) continue;
    out.probabilities.push_back(file.probabilities[row * columns + label]);
    out.labels.push_back(file.multiclass ? (stated == static_cast<double>(label) ? 1 : 0)
                                         : stated);
    out.patients.push_back(view.patient_index[i]);
  }
  return out;
}

}  // namespace medgraft::evaluation
