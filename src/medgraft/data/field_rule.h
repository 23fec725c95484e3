#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "medgraft/config/document.h"
#include "medgraft/data/source_rows.h"

namespace medgraft::data {

/// How one value of the manifest is made from a row, as a recipe writes it: a text with
/// {field} in it, or a table { from = ..., ... } whose steps are applied in this order:
/// `from` (the first of several that is not blank), `replace`, `regex` (the first group,
/// or the whole match), `years_since`, `as`, `range`, `map`, and `default` where nothing
/// is left.
class FieldRule {
 public:
  /// @param at where the rule stands in the recipe, for messages.
  /// @throws UserError naming the recipe's line: an unknown key or field, a bad regex.
  FieldRule(const config::Document& recipe, const std::string& at,
            const nlohmann::json& rule, const SourceRows& rows);

  /// @throws UserError if the text that `regex` is to search is too long for it.
  std::string value(const SourceRows& rows, size_t row) const;

 private:
  struct Piece {
    std::string text;
    std::optional<size_t> field;
  };
  using Template = std::vector<Piece>;

  /// @return nothing where `is_optional` and a field is not there.
  static std::optional<Template> parse_template(const std::string& text,
                                                const SourceRows& rows, bool is_optional);
  void read_keys(const config::Document& recipe, const std::string& at,
                 const nlohmann::json& rule, const SourceRows& rows);
  std::string search(const std::string& value) const;

  std::vector<Template> from_;  ///< The first that is not blank counts.
  std::vector<std::pair<std::string, std::string>> replace_;
  std::optional<std::regex> regex_;
  std::optional<size_t> years_since_;
  bool is_age_ = false;
  std::optional<std::pair<double, double>> range_;
  std::optional<std::map<std::string, std::string>> map_;
  std::string default_;
};

/// One condition of `select` or `where`: a FieldRule's keys and
/// `is` or `not` (a text or several, with {field} in them), `min`, `max` (compared as
/// numbers where both are, else as texts: 2019-12-31).
class Condition {
 public:
  Condition(const config::Document& recipe, const std::string& at, nlohmann::json rule,
            const SourceRows& rows);
  bool holds(const SourceRows& rows, size_t row) const;

 private:
  std::vector<FieldRule> is_, not_;
  std::optional<std::string> min_, max_;
  bool has_is_ = false;
  std::optional<FieldRule> value_;
};

/// @return the conditions of a list, or of one. @param at "select".
std::vector<Condition> read_conditions(const config::Document& recipe,
                                       const std::string& at, const nlohmann::json& rules,
                                       const SourceRows& rows);

/// @return a text or number, or a list of them, as texts.
std::vector<std::string> texts_of(const config::Document& document, const std::string& at,
                                  const nlohmann::json& value);

/// @return whole years of an age: "57", "057Y", "18M" (1), "30D" (0); "" for what is
/// none.
std::string age_in_years(std::string_view age);

}  // namespace medgraft::data
