#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/config/document.h"

namespace medgraft::config {

/// Whether a field belongs to a run's identity. Paths, device, threads and logging do not
/// change what a run computes, and never do.
enum class Role { kResult, kBookkeeping };

/// A path as written in a configuration; assign() makes it relative to the file that
/// holds it. Always bookkeeping: the identity holds the content's SHA-256 instead.
struct Path {
  std::string value;
  bool operator==(const Path&) const = default;
};

struct AnyVisitor {
  template <class T>
  void operator()(std::string_view, T&, std::string_view, Role = Role::kResult) {}
};

/// A struct whose visit() calls field(name, member, help[, role]) for each member, in
/// order.
template <class C>
concept Fields = requires(C c) {
  c.visit(AnyVisitor{});
};

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

/// Reads one value of type T. Optionals stay empty unless written; `json` fields take any
/// table as it is.
template <class T>
T read_value(const Document& document, const std::string& path,
             const nlohmann::json& value);

/// @return the names that C's visit() lists.
template <Fields C>
std::vector<std::string> field_names(C config = {}) {
  std::vector<std::string> names;
  config.visit([&](std::string_view name, auto&, std::string_view, Role = Role::kResult) {
    names.emplace_back(name);
  });
  return names;
}

/// Sets the fields of `config` that `table` (found at `path` of the document) names.
/// @throws UserError with the file and line: an unknown key, with the nearest known one;
/// a value of the wrong type.
template <Fields C>
void assign(C& config, const Document& document, const nlohmann::json& table,
            const std::string& path = "") {
  document.require_at(table.is_object(), path, "is a table, got ", table.dump());
  const auto known = field_names<C>(config);
  for (const auto& [key, value] : table.items()) {
    const auto at = path.empty() ? key : path + "." + key;
    document.require_at(std::find(known.begin(), known.end(), key) != known.end(), at,
                        "is not a known key", hint(key, known));
  }
  config.visit(
      [&](std::string_view name, auto& field, std::string_view, Role = Role::kResult) {
        using T = std::remove_reference_t<decltype(field)>;
        const auto found = table.find(name);
        if (found == table.end()) return;
        const auto at = path.empty() ? std::string(name) : path + "." + std::string(name);
        if constexpr (Fields<T>) {
          assign(field, document, *found, at);
        } else {
          field = read_value<T>(document, at, *found);
        }
      });
}

template <Fields C>
void assign(C& config, const Document& document) {
  assign(config, document, document.values);
}

template <class T>
T read_value(const Document& document, const std::string& path,
             const nlohmann::json& value) {
  if constexpr (std::is_same_v<T, nlohmann::json>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool>) {
    document.require_at(value.is_boolean(), path, "is true or false, got ", value.dump());
    return value.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    document.require_at(value.is_number_integer(), path, "is a whole number, got ",
                        value.dump());
    return value.get<T>();
  } else if constexpr (std::is_floating_point_v<T>) {
    document.require_at(value.is_number(), path, "is a number, got ", value.dump());
    return value.get<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    document.require_at(value.is_string(), path, "is a text, got ", value.dump());
    return value.get<std::string>();
  } else if constexpr (std::is_same_v<T, Path>) {
    document.require_at(value.is_string(), path, "is a path, got ", value.dump());
    return {document.resolve(path, value.get<std::string>())};
  } else if constexpr (kIsOptional<T>) {
    return read_value<typename T::value_type>(document, path, value);
  } else if constexpr (kIsVector<T>) {
    document.require_at(value.is_array(), path, "is a list, got ", value.dump());
    T items;
    for (size_t i = 0; i < value.size(); ++i) {
      items.push_back(read_value<typename T::value_type>(
          document, text(path, "[", i, "]"), value[i]));
    }
    return items;
  } else if constexpr (kIsMap<T>) {
    document.require_at(value.is_object(), path, "is a table, got ", value.dump());
    T items;
    for (const auto& [key, item] : value.items()) {
      items[key] = read_value<typename T::mapped_type>(document, path + "." + key, item);
    }
    return items;
  } else {
    static_assert(Fields<T>, "a field of this type cannot be configured");
    T item;
    assign(item, document, value, path);
    return item;
  }
}

template <Fields C>
nlohmann::json fields_to_json(C config);

template <class T>
nlohmann::json value_to_json(const T& value) {
  if constexpr (Fields<T>) {
    return fields_to_json(value);
  } else if constexpr (std::is_same_v<T, Path>) {
    return value.value;
  } else if constexpr (kIsOptional<T>) {
    return value ? value_to_json(*value) : nlohmann::json();
  } else if constexpr (kIsVector<T>) {
    auto items = nlohmann::json::array();
    for (const auto& item : value) items.push_back(value_to_json(item));
    return items;
  } else if constexpr (kIsMap<T>) {
    auto items = nlohmann::json::object();
    for (const auto& [key, item] : value) items[key] = value_to_json(item);
    return items;
  } else {
    return value;
  }
}

/// @return every field, nested; empty optionals are null.
template <Fields C>
nlohmann::json fields_to_json(C config) {
  auto out = nlohmann::json::object();
  config.visit(
      [&](std::string_view name, auto& field, std::string_view, Role = Role::kResult) {
        out[std::string(name)] = value_to_json(field);
      });
  return out;
}

/// @return the fields that determine a run's result: fields_to_json() less bookkeeping
/// and paths.
template <Fields C>
nlohmann::json result_fields(C config) {
  auto out = nlohmann::json::object();
  config.visit([&](std::string_view name, auto& field, std::string_view,
                   Role role = Role::kResult) {
    using T = std::remove_reference_t<decltype(field)>;
    if (role == Role::kBookkeeping || std::is_same_v<T, Path>) return;
    if constexpr (Fields<T>) {
      out[std::string(name)] = result_fields(field);
    } else if constexpr (kIsVector<T>) {
      if constexpr (Fields<typename T::value_type>) {
        auto items = nlohmann::json::array();
        for (const auto& item : field) items.push_back(result_fields(item));
        out[std::string(name)] = items;
      } else {
        out[std::string(name)] = value_to_json(field);
      }
    } else {
      out[std::string(name)] = value_to_json(field);
    }
  });
  return out;
}

/// One setting as `--help` prints it.
struct SettingHelp {
  std::string path, default_value, help;
};

template <Fields C>
void list_settings(C config, const std::string& prefix, std::vector<SettingHelp>& out) {
  config.visit([&](std::string_view name, auto& field, std::string_view help,
                   Role = Role::kResult) {
    using T = std::remove_reference_t<decltype(field)>;
    const auto path = prefix + std::string(name);
    if constexpr (Fields<T>) {
      list_settings(field, path + ".", out);
    } else {
      const auto value = value_to_json(field);
      out.push_back({path, value.is_null() ? "auto" : value.dump(), std::string(help)});
    }
  });
}

/// @return every setting of C with its default and its help, a line each.
template <Fields C>
std::string settings_help(C config = {}) {
  std::vector<SettingHelp> settings;
  list_settings(config, "", settings);
  std::string out;
  for (const auto& setting : settings) {
    out += text("  ", setting.path, " = ", setting.default_value, "\n      ",
                setting.help, "\n");
  }
  return out;
}

}  // namespace medgraft::config
