#include "medgraft/statistics/label_column.h"

#include <algorithm>
#include <unordered_set>

namespace medgraft::statistics {

int64_t LabelColumn::num_positives() const {
  return std::count_if(labels.begin(), labels.end(), [](double y) { return y > 0.5; });
}

int64_t LabelColumn::num_patients() const {
  return static_cast<int64_t>(
      std::unordered_set<int64_t>(patients.begin(), patients.end()).size());
}

bool LabelColumn::has_both_classes() const {
  const int64_t positives = num_positives();
  return positives > 0 && positives < num_cases();
}

}  // namespace medgraft::statistics
