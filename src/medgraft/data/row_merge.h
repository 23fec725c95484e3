#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "medgraft/data/recipe.h"

namespace medgraft::data {

/// One row of a manifest on its way.
struct ManifestRow {
  std::string image, case_id, patient, split;
  std::vector<std::string> columns;
  std::vector<std::string_view> labels;  ///< Of the source's or the label rules' texts.
};

/// Makes one row of all rows of an image: of its abnormalities, or of its readers.
class RowMerge {
 public:
  /// @param is_class labels are one class, which rows of an image must agree on.
  RowMerge(MergeRule rule, bool is_class) : rule_(std::move(rule)), is_class_(is_class) {}

  /// @param rater who wrote the row; "" in a consensus, which counts as it stands.
  /// @throws UserError where rows of an image differ in case, patient, split or class.
  void add(ManifestRow row, std::string_view rater);
  /// @return the rows, in the order in which their images came first.
  std::vector<ManifestRow> finish();

 private:
  void combine(ManifestRow& known, const ManifestRow& row) const;

  MergeRule rule_;
  bool is_class_;
  std::vector<ManifestRow> rows_;
  std::unordered_map<std::string, size_t> index_;
  /// Who says 1: (row, label) to readers, each once.
  std::map<std::pair<size_t, size_t>, std::vector<std::string_view>> votes_;
};

}  // namespace medgraft::data
