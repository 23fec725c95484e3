#include "medgraft/data/field_rule.h"

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/config/fields.h"

namespace medgraft::data {

using nlohmann::json;

size_t SourceRows::field_index(const std::string& name) const {
  const auto found = std::find(fields.begin(), fields.end(), name);
  require(found != fields.end(), "the source has no field \"", name, "\"",
          hint(name, fields));
  return static_cast<size_t>(found - fields.begin());
}

namespace {

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

struct RuleKeys {
  std::string from, regex;
  json map, otherwise;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("from", from, "a field's name, or a text with {field} in it");
    field("regex", regex, "what to take of it: the first group, or the whole match");
    field("map", map, "value = replacement; values not named are errors or the default");
    field("default", otherwise, "where the regex does not match or the map has no entry");
  }
};

}  // namespace

FieldRule::FieldRule(const config::Document& recipe, const std::string& at,
                     const json& rule, const SourceRows& rows) try {
  if (!rule.is_object()) {
    recipe.require_at(rule.is_string(), at,
                      "is a text or a table { from, regex, map }, got ", rule.dump());
    parse_template(rule.get<std::string>(), rows);
    return;
  }
  RuleKeys keys;
  config::assign(keys, recipe, rule, at);
  recipe.require_at(!keys.from.empty(), at, "lacks `from`, the field it reads");
  const bool is_name = keys.from.find('{') == std::string::npos;
  parse_template(is_name ? "{" + keys.from + "}" : keys.from, rows);
  if (!keys.regex.empty()) regex_.emplace(keys.regex);
  if (!keys.map.is_null()) {
    recipe.require_at(keys.map.is_object(), at + ".map", "is a table, got ",
                      keys.map.dump());
    map_.emplace();
    for (const auto& [from, to] : keys.map.items()) (*map_)[from] = as_text(to);
  }
  if (!keys.otherwise.is_null()) default_ = as_text(keys.otherwise);
} catch (const std::regex_error& error) {
  throw UserError(
      text(recipe.where(at), at, ".regex is not a regular expression: ", error.what()));
}

void FieldRule::parse_template(const std::string& text, const SourceRows& rows) {
  size_t start = 0;
  for (;;) {
    const auto open = text.find('{', start);
    const auto end = std::min(open, text.size());
    if (end > start) pieces_.push_back({text.substr(start, end - start), std::nullopt});
    if (open == std::string::npos) return;
    const auto close = text.find('}', open);
    require(close != std::string::npos, "\"", text, "\" has a { without its }");
    const auto name = text.substr(open + 1, close - open - 1);
    pieces_.push_back({"", rows.field_index(name)});
    start = close + 1;
  }
}

std::string FieldRule::value(const std::vector<std::string>& row) const {
  std::string value;
  for (const auto& piece : pieces_) value += piece.field ? row[*piece.field] : piece.text;
  if (regex_) {
    std::smatch match;
    if (!std::regex_search(value, match, *regex_)) return default_;
    value = match.size() > 1 ? match.str(1) : match.str(0);
  }
  if (map_) {
    const auto found = map_->find(value);
    return found == map_->end() ? default_ : found->second;
  }
  return value.empty() ? default_ : value;
}

}  // namespace medgraft::data
