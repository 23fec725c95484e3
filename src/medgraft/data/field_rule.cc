#include "medgraft/data/field_rule.h"

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/config/fields.h"

namespace medgraft::data {

using config::Document;
using nlohmann::json;

namespace {

// libstdc++ searches by recursion: longer texts could exhaust the stack.
constexpr size_t kLongestSearched = 4000;
constexpr size_t kLongestPattern = 1000;

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

struct RuleKeys {
  json from, range, map, otherwise;
  std::map<std::string, std::string> replace;
  std::string regex, years_since, as;
  bool is_optional = false;

  template <class Visitor>
  void visit(Visitor&& field) {
    field("from", from, "a field's name, a text with {field} in it, or several");
    field("optional", is_optional, "true: blank where the source lacks the field");
    field("replace", replace, "text = replacement, everywhere in it");
    field("regex", regex, "what to take of it: the first group, or the whole match");
    field("years_since", years_since, "a field of a year or date: years from it to this");
    field("as", as, "\"age\": whole years, also of 057Y or 18M");
    field("range", range, "[low, high]: numbers outside are left out");
    field("map", map, "value = replacement; values not named become the default");
    field("default", otherwise, "where nothing is left");
  }
};

std::string replaced(std::string value, const std::string& from, const std::string& to) {
  for (size_t at = value.find(from); at != std::string::npos;
       at = value.find(from, at + to.size())) {
    value.replace(at, from.size(), to);
  }
  return value;
}

std::optional<int64_t> year_of(std::string_view date) {
  return parse_integer(date.substr(0, 4));
}

}  // namespace

std::string age_in_years(std::string_view age) {
  const bool has_unit =
      !age.empty() && std::string_view("YMWD").find(age.back()) != std::string_view::npos;
  const auto number = parse_double(has_unit ? age.substr(0, age.size() - 1) : age);
  if (!number || *number < 0 || *number > 1e6) return "";
  double years = *number;
  if (has_unit && age.back() == 'M') years /= 12;
  if (has_unit && age.back() == 'W') years /= 52.18;
  if (has_unit && age.back() == 'D') years /= 365.25;
  return text(static_cast<int64_t>(years));
}

std::vector<std::string> texts_of(const Document& document, const std::string& at,
                                  const json& value) {
  std::vector<std::string> out;
  const auto items = value.is_array() ? value : json::array({value});
  for (const auto& item : items) {
    document.require_at(item.is_string() || item.is_number(), at,
                        "is a text or a list of texts, got ", value.dump());
    out.push_back(as_text(item));
  }
  return out;
}

FieldRule::FieldRule(const Document& recipe, const std::string& at, const json& rule,
                     const SourceRows& rows) try {
  if (rule.is_object()) {
    read_keys(recipe, at, rule, rows);
    return;
  }
  recipe.require_at(rule.is_string(), at,
                    "is a text or a table { from, regex, map }, got ", rule.dump());
  try {
    from_.push_back(*parse_template(rule.get<std::string>(), rows, false));
  } catch (const UserError& error) {
    recipe.require_at(false, at, "cannot be read: ", error.what());
  }
} catch (const std::regex_error& error) {
  throw UserError(
      text(recipe.where(at), at, ".regex is not a regular expression: ", error.what()));
}

void FieldRule::read_keys(const Document& recipe, const std::string& at, const json& rule,
                          const SourceRows& rows) {
  RuleKeys keys;
  config::assign(keys, recipe, rule, at);
  recipe.require_at(!keys.from.is_null(), at, "lacks `from`, the field it reads");
  for (const auto& from : texts_of(recipe, at + ".from", keys.from)) {
    const bool is_name = from.find('{') == std::string::npos;
    try {
      auto parsed =
          parse_template(is_name ? text("{", from, "}") : from, rows, keys.is_optional);
      if (parsed) from_.push_back(std::move(*parsed));
    } catch (const UserError& error) {
      recipe.require_at(false, at, "cannot be read: ", error.what());
    }
  }
  for (const auto& [from, to] : keys.replace) {
    recipe.require_at(!from.empty(), at + ".replace", "replaces an empty text");
    replace_.emplace_back(from, to);
  }
  recipe.require_at(keys.regex.size() <= kLongestPattern, at + ".regex",
                    "is longer than ", kLongestPattern, " characters");
  if (!keys.regex.empty()) regex_.emplace(keys.regex, std::regex::optimize);
  if (!keys.years_since.empty()) {
    years_since_ = keys.is_optional ? rows.find(keys.years_since)
                                    : rows.field_index(keys.years_since);
    if (!years_since_) from_.clear();
  }
  recipe.require_at(keys.as.empty() || keys.as == "age", at + ".as", "is \"age\", got \"",
                    keys.as, "\"");
  is_age_ = keys.as == "age";
  if (!keys.range.is_null()) {
    const auto range =
        config::read_value<std::vector<double>>(recipe, at + ".range", keys.range);
    recipe.require_at(range.size() == 2 && range[0] <= range[1], at + ".range",
                      "is [low, high], got ", keys.range.dump());
    range_.emplace(range[0], range[1]);
  }
  if (!keys.map.is_null()) {
    recipe.require_at(keys.map.is_object(), at + ".map", "is a table, got ",
                      keys.map.dump());
    map_.emplace();
    for (const auto& [from, to] : keys.map.items()) (*map_)[from] = as_text(to);
  }
  if (!keys.otherwise.is_null()) default_ = as_text(keys.otherwise);
}

std::optional<FieldRule::Template> FieldRule::parse_template(const std::string& text,
                                                             const SourceRows& rows,
                                                             bool is_optional) {
  Template pieces;
  size_t start = 0;
  for (;;) {
    const auto open = text.find('{', start);
    const auto end = std::min(open, text.size());
    if (end > start) pieces.push_back({text.substr(start, end - start), std::nullopt});
    if (open == std::string::npos) return pieces;
    const auto close = text.find('}', open);
    require(close != std::string::npos, "\"", text, "\" has a { without its }");
    const auto name = text.substr(open + 1, close - open - 1);
    if (is_optional && !rows.find(name)) return std::nullopt;
    pieces.push_back({"", rows.field_index(name)});
    start = close + 1;
  }
}

std::string FieldRule::search(const std::string& value) const {
  require(value.size() <= kLongestSearched, "a text of ", value.size(),
          " characters is too long to be searched with a regex; at most ",
          kLongestSearched, " are");
  std::smatch match;
  if (!std::regex_search(value, match, *regex_)) return "";
  return match.size() > 1 ? match.str(1) : match.str(0);
}

std::string FieldRule::value(const SourceRows& rows, size_t row) const {
  std::string value;
  for (const auto& from : from_) {
    for (const auto& piece : from) {
      if (piece.field) {
        value += rows.at(row, *piece.field);
      } else {
        value += piece.text;
      }
    }
    if (!value.empty()) break;
  }
  for (const auto& [from, to] : replace_) value = replaced(std::move(value), from, to);
  if (regex_) value = search(value);
  if (years_since_) {
    const auto end = year_of(value), start = year_of(rows.at(row, *years_since_));
    value = end && start && *end >= *start ? text(*end - *start) : "";
  }
  if (is_age_) value = age_in_years(value);
  if (range_) {
    const auto number = parse_double(value);
    if (!number || *number < range_->first || *number > range_->second) value.clear();
  }
  if (map_) {
    const auto found = map_->find(value);
    return found == map_->end() ? default_ : found->second;
  }
  return value.empty() ? default_ : value;
}

Condition::Condition(const Document& recipe, const std::string& at, json rule,
                     const SourceRows& rows) {
  recipe.require_at(rule.is_object(), at, "is a table { from, is, ... }, got ",
                    rule.dump());
  const auto take = [&](const char* key) {
    std::optional<std::vector<std::string>> values;
    if (rule.contains(key)) values = texts_of(recipe, at + "." + key, rule[key]);
    rule.erase(key);
    return values;
  };
  const auto is = take("is"), unlike = take("not"), min = take("min"), max = take("max");
  recipe.require_at(is || unlike || min || max, at, "has none of is, not, min and max");
  has_is_ = is.has_value();
  for (const auto& value : is.value_or(std::vector<std::string>{})) {
    is_.emplace_back(recipe, at + ".is", json(value), rows);
  }
  for (const auto& value : unlike.value_or(std::vector<std::string>{})) {
    not_.emplace_back(recipe, at + ".not", json(value), rows);
  }
  for (const auto* limit : {&min, &max}) {
    recipe.require_at(!*limit || (*limit)->size() == 1, at,
                      "has several values of min or max");
  }
  if (min) min_ = min->front();
  if (max) max_ = max->front();
  value_.emplace(recipe, at, rule, rows);
}

namespace {

bool is_less(const std::string& a, const std::string& b) {
  const auto first = parse_double(a), second = parse_double(b);
  return first && second ? *first < *second : a < b;
}

}  // namespace

bool Condition::holds(const SourceRows& rows, size_t row) const {
  const auto value = value_->value(rows, row);
  const auto equals = [&](const FieldRule& other) {
    return other.value(rows, row) == value;
  };
  if (has_is_ && std::none_of(is_.begin(), is_.end(), equals)) return false;
  if (std::any_of(not_.begin(), not_.end(), equals)) return false;
  if ((min_ || max_) && value.empty()) return false;
  return !(min_ && is_less(value, *min_)) && !(max_ && is_less(*max_, value));
}

std::vector<Condition> read_conditions(const Document& recipe, const std::string& at,
                                       const json& rules, const SourceRows& rows) {
  std::vector<Condition> conditions;
  if (rules.is_null()) return conditions;
  recipe.require_at(rules.is_array(), at, "is a list of { from, is, ... }, got ",
                    rules.dump());
  for (size_t i = 0; i < rules.size(); ++i) {
    conditions.emplace_back(recipe, text(at, "[", i, "]"), rules[i], rows);
  }
  return conditions;
}

}  // namespace medgraft::data
