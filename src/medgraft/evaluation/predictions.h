#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace medgraft::evaluation {

/// Probabilities of one model for many cases, as predictions.csv holds them (DESIGN.md
/// section 3). A row is a case. Matrices are row-major [num_cases, num_columns].
struct Predictions {
  bool multiclass = false;
  std::vector<std::string> names;  ///< Labels, or classes where multi-class. Columns K.
  std::vector<std::string> cases, patients, splits,
      sites;  ///< [N]; may be empty columns.
  std::vector<std::pair<std::string, std::vector<std::string>>>
      attributes;  ///< Name, [N].
  /// [N, K] 0, 1, -1 (uncertain) or NaN (blank); multi-class: [N] class index, NaN
  /// unknown.
  std::vector<double> labels;
  std::vector<double> probabilities;  ///< [N, K]
  std::vector<double> logits;         ///< [N, K] or empty.
  /// What the network's last layer saw of each case: D columns feature:NAME, or none.
  std::vector<std::string> feature_names;
  std::vector<float> features;  ///< [N, D] or empty.

  int64_t num_cases() const { return static_cast<int64_t>(cases.size()); }
  int64_t num_columns() const { return static_cast<int64_t>(names.size()); }
};

/// Reads predictions of ours or of another tool.
/// @throws UserError naming file, line and column.
Predictions read_predictions(const std::filesystem::path& path);

/// Writes atomically; probabilities and logits with 9 significant digits, features
/// with 7.
void write_predictions(const std::filesystem::path& path, const Predictions& predictions);

}  // namespace medgraft::evaluation
