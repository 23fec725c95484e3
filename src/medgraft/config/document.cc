#include "medgraft/config/document.h"

#include <sstream>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "medgraft/base/atomic_file.h"
#include "medgraft/config/toml_nesting.h"

namespace medgraft::config {
namespace {

using nlohmann::json;

// Nested deeper than any configuration; deeper still, conversion would exhaust the stack.
constexpr int kMaximumDepth = 64;
constexpr size_t kMaximumBytes = size_t{1} << 24;
// All values' full names together: they grow with depth times length times number.
constexpr size_t kMaximumNames = size_t{1} << 27;

// Fills a document from what the parser gives.
class Converter {
 public:
  explicit Converter(Document& document) : document_(document) {}

  json convert(const toml::node& node, const std::string& path, int depth = 0) {
    const auto line = node.source().begin.line;
    names_ += path.size();
    require(depth <= kMaximumDepth, document_.name, ":", line, ": nested more than ",
            kMaximumDepth, " deep");
    require(names_ <= kMaximumNames, document_.name, ":", line,
            ": the names of all values take more than ", kMaximumNames, " bytes");
    document_.origin[path] = text(document_.name, ":", line);
    if (const auto* table = node.as_table()) return convert(*table, path, depth);
    if (const auto* array = node.as_array()) return convert(*array, path, depth);
    if (const auto value = node.value_exact<bool>()) return *value;
    if (const auto value = node.value_exact<int64_t>()) return *value;
    if (const auto value = node.value_exact<double>()) return *value;
    if (const auto value = node.value_exact<std::string>()) return *value;
    std::ostringstream date;
    node.visit([&](const auto& value) {
      if constexpr (!toml::is_container<decltype(value)>) date << value.get();
    });
    return date.str();
  }

 private:
  json convert(const toml::table& table, const std::string& path, int depth) {
    auto out = json::object();
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      out[name] = convert(value, path.empty() ? name : path + "." + name, depth + 1);
    }
    return out;
  }
  json convert(const toml::array& array, const std::string& path, int depth) {
    auto out = json::array();
    for (const auto& item : array) {
      out.push_back(convert(item, text(path, "[", out.size(), "]"), depth + 1));
    }
    return out;
  }

  Document& document_;
  size_t names_ = 0;
};

toml::table to_table(const json& values);

void insert(auto& container, auto&&... key_and_value) {
  if constexpr (sizeof...(key_and_value) == 1) {
    container.push_back(std::forward<decltype(key_and_value)>(key_and_value)...);
  } else {
    container.insert(std::forward<decltype(key_and_value)>(key_and_value)...);
  }
}

template <class Container, class... Key>
void add(Container& container, const json& value, const Key&... key) {
  if (value.is_object()) {
    insert(container, key..., to_table(value));
  } else if (value.is_array()) {
    toml::array items;
    for (const auto& item : value) add(items, item);
    insert(container, key..., std::move(items));
  } else if (value.is_boolean()) {
    insert(container, key..., value.get<bool>());
  } else if (value.is_number_integer()) {
    insert(container, key..., value.get<int64_t>());
  } else if (value.is_number()) {
    insert(container, key..., value.get<double>());
  } else if (value.is_string()) {
    insert(container, key..., value.get<std::string>());
  }
}

toml::table to_table(const json& values) {
  toml::table table;
  for (const auto& [key, value] : values.items()) add(table, value, key);
  return table;
}

}  // namespace

std::string Document::where(const std::string& path) const {
  for (std::string at = path; !at.empty();) {
    const auto found = origin.find(at);
    if (found != origin.end()) return found->second + ": ";
    const auto end = at.find_last_of(".[");
    at.resize(end == std::string::npos ? 0 : end);
  }
  return name.empty() ? "" : name + ": ";
}

std::string Document::resolve(const std::string& path, const std::string& value) const {
  constexpr std::string_view kMeanVar = "mean_var:";
  if (value.starts_with(kMeanVar)) {
    return std::string(kMeanVar) + resolve(path, value.substr(kMeanVar.size()));
  }
  const auto found = origin.find(path);
  const bool from_command_line = found != origin.end() && found->second == "--set";
  if (value.empty() || value == "scratch" || value == "none" || from_command_line) {
    return value;
  }
  return (directory / value).lexically_normal().string();
}

Document parse_toml(const std::string& content, const std::string& name,
                    const std::filesystem::path& directory) {
  Document document;
  document.name = name;
  document.directory = directory;
  require(content.size() <= kMaximumBytes, name, " has ", content.size(),
          " bytes; a configuration has at most ", kMaximumBytes);
  require_shallow_keys(content, name);
  try {
    const toml::table table = toml::parse(content);
    document.values = Converter(document).convert(table, "");
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    throw UserError(text(name, ":", begin.line, ":", begin.column,
                         ": not valid TOML: ", error.description()));
  }
  return document;
}

Document read_toml(const std::filesystem::path& file) {
  return parse_toml(read_file(file), file.string(), file.parent_path());
}

void override_value(Document& document, const std::string& assignment) {
  const auto equals = assignment.find('=');
  require(equals != std::string::npos && equals > 0, "--set takes key=value, got \"",
          assignment, "\"");
  const auto path = assignment.substr(0, equals);
  const auto value = assignment.substr(equals + 1);

  json parsed = value;
  try {
    Document scratch;
    const auto written = "value = " + value;
    require_shallow_keys(written, "--set");
    const toml::table table = toml::parse(written);
    parsed = Converter(scratch).convert(table, "").at("value");
  } catch (const toml::parse_error&) {
    // Not TOML: a bare string, such as a path or a preprocessing program.
  }

  json* table = &document.values;
  std::istringstream keys(path);
  std::string key, seen;
  while (std::getline(keys, key, '.')) {
    require(table->is_object(), "--set ", path, ": ", seen, " is a value, not a table");
    table = &(*table)[key];
    seen += (seen.empty() ? "" : ".") + key;
    if (table->is_null() && seen != path) *table = json::object();
  }
  *table = std::move(parsed);
  std::erase_if(document.origin, [&](const auto& entry) {
    return entry.first == path || entry.first.starts_with(path + ".") ||
           entry.first.starts_with(path + "[");
  });
  document.origin[path] = "--set";
}

std::string to_toml(const json& values) {
  std::ostringstream out;
  out << to_table(values) << '\n';
  return out.str();
}

}  // namespace medgraft::config
