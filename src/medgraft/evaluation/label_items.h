#pragma once

#include <cstdint>
#include <vector>

#include "medgraft/evaluation/split_view.h"

namespace medgraft::evaluation {

/// A view's unmasked cases of one label; multi-class: of one class against the rest.
struct LabelItems {
  std::vector<double> probabilities, labels;
  std::vector<int64_t> patients;  ///< Of the view's numbering.

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  int64_t num_positives() const;
  int64_t num_patients() const;  ///< Distinct ones.
};

/// @param label column of the predictions.
LabelItems label_items(const SplitView& view, size_t label);

}  // namespace medgraft::evaluation
