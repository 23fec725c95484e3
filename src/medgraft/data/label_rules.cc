#include "medgraft/data/label_rules.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/config/fields.h"
#include "medgraft/data/field_rule.h"

namespace medgraft::data {
namespace {

using config::Document;
using nlohmann::json;
using Values = std::vector<std::string_view>;

bool holds(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string_view stripped(std::string_view text, const std::string& characters) {
  const auto start = text.find_first_not_of(characters);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(characters) - start + 1);
}

/// One rule of `labels`.
class LabelRule {
 public:
  LabelRule(const Document& document, const std::string& at, json rule,
            const SourceRows& rows)
      : value_(document, at, value_part(document, at, rule), rows) {
    document.require_at(!name_.empty(), at, "lacks a name");
  }

  const std::string& name() const { return name_; }

  std::string_view of(const SourceRows& rows, size_t row) const {
    const auto value = value_.value(rows, row);
    if (value.empty()) return "";
    if (!contains_.empty()) return has_part(value) ? "1" : "0";
    if (holds(uncertain_, value)) return "-1";
    if (!positive_.empty()) {
      if (holds(positive_, value)) return "1";
      return negative_.empty() || holds(negative_, value) ? "0" : "";
    }
    const auto number = parse_double(value);
    require(
        number && (*number == 0 || *number == 1 || *number == -1), "label \"", name_,
        "\" is \"", value,
        "\"; 0, 1, -1 (uncertain) and blank are accepted, or name its positive values");
    return *number == 0 ? "0" : *number == 1 ? "1" : "-1";
  }

 private:
  // Takes our own keys out of the rule and leaves FieldRule's.
  json value_part(const Document& document, const std::string& at, json& rule) {
    document.require_at(rule.is_object(), at,
                        "is a name or a table { name, from, ... }, got ", rule.dump());
    const auto take = [&](const char* key) {
      std::vector<std::string> values;
      if (rule.contains(key)) values = texts_of(document, at + "." + key, rule[key]);
      rule.erase(key);
      return values;
    };
    const auto as_text = [&](const char* key, const std::string& otherwise) {
      const auto values = take(key);
      document.require_at(values.size() < 2, at + "." + key, "is one text");
      return values.empty() ? otherwise : values.front();
    };
    name_ = as_text("name", "");
    delimiter_ = as_text("delimiter", "|");
    document.require_at(!delimiter_.empty(), at + ".delimiter", "is empty");
    strip_ = as_text("strip", " ");
    contains_ = take("contains");
    for (auto* values : {&contains_, &positive_}) {
      if (values == &positive_) *values = take("positive");
      for (auto& value : *values) {
        if (value == "{name}") value = name_;
      }
    }
    negative_ = take("negative");
    uncertain_ = take("uncertain");
    if (!rule.contains("from")) rule["from"] = "{" + name_ + "}";
    return rule;
  }

  bool has_part(std::string_view value) const {
    for (;;) {
      const auto end = std::min(value.find(delimiter_), value.size());
      if (holds(contains_, stripped(value.substr(0, end), strip_))) return true;
      if (end == value.size()) return false;
      value.remove_prefix(end + delimiter_.size());
    }
  }

  std::string name_, delimiter_, strip_;
  std::vector<std::string> contains_, positive_, negative_, uncertain_;
  FieldRule value_;
};

Kind kind_or(const Recipe& recipe, Kind otherwise) {
  for (const Kind kind : {Kind::kBinary, Kind::kMultilabel, Kind::kMulticlass}) {
    if (recipe.kind == to_string(kind)) return kind;
  }
  return otherwise;
}

// @return a rule of `labels` with what `each_label` adds; a text is a name.
json whole_rule(const Document& document, const Recipe& recipe, size_t index) {
  const auto& written = recipe.labels[index];
  json rule = json::object();
  if (!recipe.each_label.is_null()) {
    document.require_at(recipe.each_label.is_object(), "each_label", "is a table, got ",
                        recipe.each_label.dump());
    rule = recipe.each_label;
  }
  if (written.is_string()) {
    rule["name"] = written;
  } else if (written.is_object()) {
    rule.update(written);
  } else {
    rule = written;
  }
  return rule;
}

LabelColumns from_rules(const Document& document, const Recipe& recipe,
                        const Source& source) {
  document.require_at(recipe.labels.is_array() && !recipe.labels.empty(), "labels",
                      "is a list of rules { name, from, ... } or names, got ",
                      recipe.labels.dump());
  auto rules = std::make_shared<std::vector<LabelRule>>();
  LabelColumns out;
  for (size_t i = 0; i < recipe.labels.size(); ++i) {
    rules->emplace_back(document, text("labels[", i, "]"),
                        whole_rule(document, recipe, i), source.rows);
    out.labels.push_back(rules->back().name());
  }
  out.columns = out.labels;
  out.kind = kind_or(recipe, rules->size() == 1 ? Kind::kBinary : Kind::kMultilabel);
  document.require_at(out.kind != Kind::kMulticlass, "kind",
                      "is multiclass, which takes a `class` rule in place of `labels`");
  out.values = [rules](const SourceRows& rows, size_t row) {
    Values values;
    values.reserve(rules->size());
    for (const auto& rule : *rules) values.push_back(rule.of(rows, row));
    return values;
  };
  return out;
}

LabelColumns from_npz_columns(const Source& source, std::vector<std::string> names) {
  const auto& fields = source.rows.fields();
  const auto first = source.rows.field_index("label_0");
  const auto count = fields.size() - first;
  if (names.empty()) {
    names.assign(fields.begin() + static_cast<int64_t>(first), fields.end());
  }
  require(names.size() == count, "the labels have ", count, " columns and ", names.size(),
          " names (`classes`)");
  LabelColumns out{Kind::kMultilabel, names, names, nullptr};
  out.values = [first, count](const SourceRows& rows, size_t row) {
    Values values;
    for (size_t k = 0; k < count; ++k) values.push_back(rows.at(row, first + k));
    return values;
  };
  return out;
}

/// The class of a row: a field's value, or the name of the one column that is 1.
class Classes {
 public:
  Classes(const Document& document, const json& rule, std::vector<std::string> names,
          const SourceRows& rows)
      : names_(std::move(names)) {
    if (!rule.is_object() || !rule.contains("one_hot")) {
      rule_.emplace(document, "class", rule, rows);
      return;
    }
    document.require_at(rule.size() == 1, "class", "has one_hot and no other key");
    for (const auto& name : texts_of(document, "class.one_hot", rule["one_hot"])) {
      columns_.emplace_back(name, rows.field_index(name));
    }
    if (!names_.empty()) return;
    for (const auto& [name, field] : columns_) names_.push_back(name);
  }

  const std::vector<std::string>& names() const { return names_; }

  std::string of(const SourceRows& rows, size_t row) const {
    return rule_ ? name_of(rule_->value(rows, row)) : hot(rows, row);
  }

  // Codes 0, 1, ... have names; without any, classes name themselves.
  std::string name_of(const std::string& value) const {
    if (names_.empty() || value.empty() || holds(names_, value)) return value;
    const auto code = parse_integer(value);
    const bool is_code =
        code && *code >= 0 && *code < static_cast<int64_t>(names_.size());
    require(is_code, "\"", value, "\" is not a class", hint(value, names_));
    return names_[static_cast<size_t>(*code)];
  }

 private:
  std::string hot(const SourceRows& rows, size_t row) const {
    std::string found;
    for (const auto& [name, field] : columns_) {
      const auto number = parse_double(rows.at(row, field));
      require(number && (*number == 0 || *number == 1), "column \"", name, "\" is \"",
              rows.at(row, field), "\"; 0 and 1 are accepted");
      require(*number == 0 || found.empty(), "two classes are 1: ", found, " and ", name);
      if (*number == 1) found = name;
    }
    return found;
  }

  std::optional<FieldRule> rule_;
  std::vector<std::pair<std::string, size_t>> columns_;
  std::vector<std::string> names_;
};

// @return all classes: as named, or as found, codes in the order of their numbers.
std::vector<std::string> list_classes(const Classes& classes, const SourceRows& rows) {
  std::set<std::string> seen;
  for (size_t i = 0; i < rows.size(); ++i) {
    try {
      seen.insert(classes.of(rows, i));
    } catch (const UserError& error) {
      throw UserError(text(rows.place(i), ": ", error.what()));
    }
  }
  seen.erase("");
  if (!classes.names().empty()) return classes.names();
  std::vector<std::string> found(seen.begin(), seen.end());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const auto first = parse_integer(a), second = parse_integer(b);
    return first && second ? *first < *second : false;
  });
  return found;
}

LabelColumns multiclass_columns(std::shared_ptr<Classes> classes,
                                std::vector<std::string> all) {
  LabelColumns out{Kind::kMulticlass, all, {"label"}, nullptr};
  const auto names = std::make_shared<std::vector<std::string>>(std::move(all));
  out.values = [classes, names](const SourceRows& rows, size_t row) {
    const auto name = classes->of(rows, row);
    const auto found = std::find(names->begin(), names->end(), name);
    return Values{found == names->end() ? std::string_view() : std::string_view(*found)};
  };
  return out;
}

LabelColumns from_classes(const Document& document, const Recipe& recipe,
                          const Source& source, std::vector<std::string> names) {
  const auto rule = recipe.class_rule.is_null() ? json("{class}") : recipe.class_rule;
  const auto classes =
      std::make_shared<Classes>(document, rule, std::move(names), source.rows);
  const auto all = list_classes(*classes, source.rows);
  require(!all.empty(), "every row's class is blank");
  std::string listed;
  for (const auto& name : all) listed += (listed.empty() ? "" : ", ") + name;

  const bool is_told = !recipe.positive.is_null();
  const bool asks_which = recipe.kind == "binary" ||
                          (recipe.kind.empty() && recipe.npz.is_used && all.size() == 2);
  require(is_told || !asks_which, source.name, " has the classes ", listed,
          "; say which is positive, as in --set positive=", all.back(),
          ", or --set kind=multiclass");
  if (!is_told) return multiclass_columns(classes, all);

  auto positive = texts_of(document, "positive", recipe.positive);
  for (auto& name : positive) {
    const bool is_known = holds(all, name) || parse_integer(name).has_value();
    if (is_known) name = classes->name_of(name);
    document.require_at(holds(all, name), "positive", "names no class; the classes are ",
                        listed, hint(name, all));
  }
  auto label = recipe.label;
  if (label.empty()) label = parse_integer(positive[0]) ? "positive" : positive[0];
  LabelColumns out{Kind::kBinary, {label}, {label}, nullptr};
  out.values = [classes, positive](const SourceRows& rows, size_t row) {
    const auto name = classes->of(rows, row);
    return Values{name.empty() ? "" : holds(positive, name) ? "1" : "0"};
  };
  return out;
}

}  // namespace

LabelColumns make_label_columns(const Document& document, const Recipe& recipe,
                                const Source& source) {
  if (!recipe.labels.is_null()) return from_rules(document, recipe, source);
  auto names = recipe.classes.is_null() ? source.classes
                                        : texts_of(document, "classes", recipe.classes);
  if (source.has_many_labels) return from_npz_columns(source, std::move(names));
  require(!recipe.class_rule.is_null() || source.rows.find("class"), document.name,
          " says nothing of labels: `labels` rules, or a `class` rule");
  return from_classes(document, recipe, source, std::move(names));
}

}  // namespace medgraft::data
