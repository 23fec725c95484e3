#pragma once

#include <cstdint>
#include <vector>

namespace medgraft::statistics {

/// Binary predictions with the patient of each.
struct LabelColumn {
  std::vector<double> probabilities;  ///< [N] in [0, 1].
  std::vector<double> labels;         ///< [N] 0 or 1.
  std::vector<int64_t> patients;      ///< [N] from 0.

  size_t size() const { return probabilities.size(); }
};

}  // namespace medgraft::statistics
