#include "medgraft/data/label_rules.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"
#include "medgraft/config/fields.h"

namespace medgraft::data {
namespace {

using config::Document;
using nlohmann::json;
using Row = std::vector<std::string>;

bool holds(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// @return a text or number, or a list of them, as texts.
std::vector<std::string> texts(const Document& document, const std::string& at,
                               const json& value) {
  std::vector<std::string> out;
  const auto items = value.is_array() ? value : json::array({value});
  for (const auto& item : items) {
    document.require_at(item.is_string() || item.is_number_integer(), at,
                        "is a text or a list of texts, got ", value.dump());
    out.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return out;
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

  std::string of(const Row& row) const {
    const auto value = value_.value(row);
    if (value.empty()) return "";
    if (!contains_.empty()) return has_part(value) ? "1" : "0";
    if (!positive_.empty()) {
      if (holds(positive_, value)) return "1";
      return negative_.empty() || holds(negative_, value) ? "0" : "";
    }
    const auto number = parse_double(value);
    require(
        number && (*number == 0 || *number == 1 || *number == -1), "label \"", name_,
        "\" is \"", value,
        "\"; 0, 1, -1 (uncertain) and blank are accepted, or name its positive values");
    return format_number(*number);
  }

 private:
  // Takes our own keys out of the rule and leaves FieldRule's.
  json value_part(const Document& document, const std::string& at, json& rule) {
    document.require_at(rule.is_object(), at, "is a table { name, from, ... }, got ",
                        rule.dump());
    const auto take = [&](const char* key) {
      json value;
      if (rule.contains(key)) {
        value = rule[key];
        rule.erase(key);
      }
      return value;
    };
    const auto as_text = [&](const char* key, const std::string& otherwise) {
      const auto value = take(key);
      return value.is_null() ? otherwise : texts(document, at + "." + key, value).at(0);
    };
    name_ = as_text("name", "");
    contains_ = as_text("contains", "");
    delimiter_ = as_text("delimiter", "|");
    document.require_at(!delimiter_.empty(), at + ".delimiter", "is empty");
    if (const auto value = take("positive"); !value.is_null()) {
      positive_ = texts(document, at + ".positive", value);
    }
    if (const auto value = take("negative"); !value.is_null()) {
      negative_ = texts(document, at + ".negative", value);
    }
    if (!rule.contains("from")) rule["from"] = name_;
    return rule;
  }

  bool has_part(const std::string& value) const {
    size_t start = 0;
    for (;;) {
      const auto end = std::min(value.find(delimiter_, start), value.size());
      if (value.compare(start, end - start, contains_) == 0) return true;
      if (end == value.size()) return false;
      start = end + delimiter_.size();
    }
  }

  std::string name_, contains_, delimiter_;
  std::vector<std::string> positive_, negative_;
  FieldRule value_;
};

Kind kind_or(const Recipe& recipe, Kind otherwise) {
  for (const Kind kind : {Kind::kBinary, Kind::kMultilabel, Kind::kMulticlass}) {
    if (recipe.kind == to_string(kind)) return kind;
  }
  return otherwise;
}

LabelColumns from_rules(const Document& document, const Recipe& recipe,
                        const Source& source) {
  document.require_at(recipe.labels.is_array() && !recipe.labels.empty(), "labels",
                      "is a list of rules { name, from, ... }, got ",
                      recipe.labels.dump());
  auto rules = std::make_shared<std::vector<LabelRule>>();
  LabelColumns out;
  for (size_t i = 0; i < recipe.labels.size(); ++i) {
    rules->emplace_back(document, text("labels[", i, "]"), recipe.labels[i], source.rows);
    out.labels.push_back(rules->back().name());
  }
  out.columns = out.labels;
  out.kind = kind_or(recipe, rules->size() == 1 ? Kind::kBinary : Kind::kMultilabel);
  document.require_at(out.kind != Kind::kMulticlass, "kind",
                      "is multiclass, which takes a `class` rule in place of `labels`");
  out.values = [rules](const Row& row) {
    std::vector<std::string> values;
    for (const auto& rule : *rules) values.push_back(rule.of(row));
    return values;
  };
  return out;
}

LabelColumns from_npz_columns(const Source& source, std::vector<std::string> names) {
  const auto first = source.rows.field_index("label_0");
  const auto count = source.rows.fields.size() - first;
  if (names.empty()) {
    names.assign(source.rows.fields.begin() + static_cast<int64_t>(first),
                 source.rows.fields.end());
  }
  require(names.size() == count, "the labels have ", count, " columns and ", names.size(),
          " names (`classes`)");
  LabelColumns out{Kind::kMultilabel, names, names, nullptr};
  out.values = [first](const Row& row) {
    return std::vector<std::string>(row.begin() + static_cast<int64_t>(first), row.end());
  };
  return out;
}

/// A class a row: its rule, its codes' names.
struct Classes {
  FieldRule rule;
  std::vector<std::string>
      names;  ///< Of codes 0, 1, ...; empty: classes name themselves.

  std::string of(const Row& row) const { return name_of(rule.value(row)); }

  std::string name_of(const std::string& value) const {
    if (names.empty() || value.empty() || holds(names, value)) return value;
    const auto code = parse_integer(value);
    const bool is_code = code && *code >= 0 && *code < static_cast<int64_t>(names.size());
    require(is_code, "\"", value, "\" is not a class", hint(value, names));
    return names[static_cast<size_t>(*code)];
  }
};

// @return all classes: as named, or as found, codes in the order of their numbers.
std::vector<std::string> list_classes(const Classes& classes, const SourceRows& rows) {
  std::set<std::string> seen;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    try {
      seen.insert(classes.of(rows.rows[i]));
    } catch (const UserError& error) {
      throw UserError(text(rows.places[i], ": ", error.what()));
    }
  }
  seen.erase("");
  if (!classes.names.empty()) return classes.names;
  std::vector<std::string> found(seen.begin(), seen.end());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const auto first = parse_integer(a), second = parse_integer(b);
    return first && second ? *first < *second : false;
  });
  return found;
}

LabelColumns from_classes(const Document& document, const Recipe& recipe,
                          const Source& source, std::vector<std::string> names) {
  const auto rule = recipe.class_rule.is_null() ? json("{class}") : recipe.class_rule;
  const auto classes = std::make_shared<Classes>(
      Classes{FieldRule(document, "class", rule, source.rows), std::move(names)});
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
  LabelColumns out;
  if (!is_told) {
    out = {Kind::kMulticlass, all, {"label"}, nullptr};
    out.values = [classes](const Row& row) { return std::vector{classes->of(row)}; };
    return out;
  }

  auto positive = texts(document, "positive", recipe.positive);
  for (auto& name : positive) {
    const bool is_known = holds(all, name) || parse_integer(name).has_value();
    if (is_known) name = classes->name_of(name);
    document.require_at(holds(all, name), "positive", "names no class; the classes are ",
                        listed, hint(name, all));
  }
  auto label = recipe.label;
  if (label.empty()) label = parse_integer(positive[0]) ? "positive" : positive[0];
  out = {Kind::kBinary, {label}, {label}, nullptr};
  out.values = [classes, positive](const Row& row) {
    const auto name = classes->of(row);
    const std::string value = name.empty() ? "" : holds(positive, name) ? "1" : "0";
    return std::vector{value};
  };
  return out;
}

}  // namespace

LabelColumns make_label_columns(const Document& document, const Recipe& recipe,
                                const Source& source) {
  if (!recipe.labels.is_null()) return from_rules(document, recipe, source);
  auto names = recipe.classes.is_null() ? source.classes
                                        : texts(document, "classes", recipe.classes);
  if (source.has_many_labels) return from_npz_columns(source, std::move(names));
  const auto& fields = source.rows.fields;
  require(!recipe.class_rule.is_null() || holds(fields, "class"), document.name,
          " says nothing of labels: `labels` rules, or a `class` rule");
  return from_classes(document, recipe, source, std::move(names));
}

}  // namespace medgraft::data
