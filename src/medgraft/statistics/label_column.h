#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace medgraft::statistics {

/// Binary predictions with the patient of each: the unmasked cases of one label.
struct LabelColumn {
  std::vector<double> probabilities;  ///< [N] in [0, 1].
  std::vector<double> labels;         ///< [N] 0 or 1.
  std::vector<int64_t> patients;      ///< [N] from 0.

  void add(double probability, bool is_positive, int64_t patient) {
    probabilities.push_back(probability);
    labels.push_back(is_positive ? 1 : 0);
    patients.push_back(patient);
  }

  size_t size() const { return probabilities.size(); }
  int64_t num_cases() const { return static_cast<int64_t>(size()); }
  int64_t num_positives() const;
  int64_t num_patients() const;  ///< Distinct ones.
  bool has_both_classes() const;
};

}  // namespace medgraft::statistics
