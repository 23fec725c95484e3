#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "medgraft/config/document.h"

namespace medgraft::data {

/// Rows of text fields: what every kind of published layout is first turned into.
struct SourceRows {
  std::vector<std::string> fields;  ///< Names.
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> places;  ///< Where each row stands, for messages.

  /// @throws UserError listing the fields there are, with the nearest name.
  size_t field_index(const std::string& name) const;
};

/// How one value of the manifest is made from a row, as a recipe writes it: a text with
/// {field} in it, or { from = "field", regex = '...', map = {...}, default = "..." }: the
/// regex's first group (or whole match), then the map, then the default where nothing is
/// left.
class FieldRule {
 public:
  /// @param at where the rule stands in the recipe, for messages.
  /// @throws UserError naming the recipe's line: an unknown key or field, a bad regex.
  FieldRule(const config::Document& recipe, const std::string& at,
            const nlohmann::json& rule, const SourceRows& rows);

  std::string value(const std::vector<std::string>& row) const;

 private:
  struct Piece {
    std::string text;
    std::optional<size_t> field;
  };
  void parse_template(const std::string& text, const SourceRows& rows);

  std::vector<Piece> pieces_;
  std::optional<std::regex> regex_;
  std::optional<std::map<std::string, std::string>> map_;
  std::string default_;
};

}  // namespace medgraft::data
