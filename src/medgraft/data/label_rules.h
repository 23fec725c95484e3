#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/data/dataset.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {

/// The label columns of an import.
struct LabelColumns {
  Kind kind = Kind::kBinary;
  std::vector<std::string> labels;   ///< As in dataset.toml: label or class names.
  std::vector<std::string> columns;  ///< Of the manifest: `labels`, or {"label"}.
  /// @return a value a column, for a row of the source; valid as long as this function.
  /// @throws UserError, without the row's place, on a value that is none.
  std::function<std::vector<std::string_view>(const SourceRows&, size_t row)> values;
};

/// Works out the labels from a recipe's `labels` rules, from a class a row (`class`,
/// `classes`, `positive`), or from an npz's label columns.
/// @throws UserError where two classes of codes come without a positive one.
LabelColumns make_label_columns(const config::Document& document, const Recipe& recipe,
                                const Source& source);

}  // namespace medgraft::data
