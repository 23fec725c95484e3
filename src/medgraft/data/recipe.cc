#include "medgraft/data/recipe.h"

#include <algorithm>
#include <cctype>

#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/data/field_rule.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;
using nlohmann::json;

void check_choice(const Document& document, const std::string& at,
                  const std::string& value, const std::vector<std::string>& known) {
  document.require_at(std::find(known.begin(), known.end(), value) != known.end(), at,
                      "is \"", value, "\", which is none of its values",
                      hint(value, known));
}

void check_table(const Document& document, const std::string& at,
                 const TableSource& table) {
  document.require_at(table.is_used(), at, "lacks `file`, the table's name");
  document.require_at(table.file.is_null() || table.dicom.empty(), at,
                      "has both `file` and `dicom`");
  document.require_at(table.dicom.empty() || !table.tags.empty(), at,
                      "lacks `tags`, the DICOM keywords to read");
  document.require_at(table.delimiter.size() == 1, at + ".delimiter",
                      "is one character, got \"", table.delimiter, "\"");
  const bool has_names = table.file.is_array() && !table.file.empty() &&
                         std::all_of(table.file.begin(), table.file.end(),
                                     [](const json& name) { return name.is_string(); });
  document.require_at(table.file.is_null() || table.file.is_string() || has_names,
                      at + ".file", "is a text or a list of texts, got ",
                      table.file.dump());
  for (const auto& file : table.files())
    require_below_root(file, document.where(at) + at);
}

// The keys that differ, in place of the recipe's own, but for what --set gave.
void apply_variant(Document& document, const json& changes, const std::string& from,
                   json& into, const std::string& path) {
  for (const auto& [key, value] : changes.items()) {
    const auto at = path.empty() ? key : path + "." + key;
    const auto source = from + "." + key;
    const auto given = document.origin.find(at);
    if (given != document.origin.end() && given->second == "--set") continue;
    if (value.is_object() && into.contains(key) && into[key].is_object()) {
      apply_variant(document, value, source, into[key], at);
      continue;
    }
    into[key] = value;
    std::map<std::string, std::string> moved;
    for (const auto& [place, line] : document.origin) {
      if (place.starts_with(source)) moved[at + place.substr(source.size())] = line;
    }
    for (auto& [place, line] : moved) document.origin[place] = line;
  }
}

// @return the recipe as its variant number `index` has it, without variants.
Document with_variant(Document document, size_t index) {
  auto changes = document.values["variant"][index];
  document.values.erase("variant");
  changes.erase("when");
  apply_variant(document, changes, text("variant[", index, "]"), document.values, "");
  return document;
}

std::vector<std::string> files_of_variant(const Document& document, size_t index) {
  const auto& variant = document.values["variant"][index];
  const auto at = text("variant[", index, "]");
  document.require_at(variant.is_object() && variant.contains("when"), at,
                      "lacks `when`, the file by which it is known");
  return texts_of(document, at + ".when", variant["when"]);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void add_mentions(const std::string& text, std::set<std::string>& out) {
  out.insert(lower(text));
  for (auto open = text.find('{'); open != std::string::npos;
       open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == std::string::npos) return;
    out.insert(lower(text.substr(open + 1, close - open - 1)));
  }
}

void add_mentions(const json& value, std::set<std::string>& out) {
  if (value.is_string()) add_mentions(value.get<std::string>(), out);
  if (!value.is_structured()) return;
  for (const auto& [key, item] : value.items()) {
    if (value.is_object()) add_mentions(key, out);
    add_mentions(item, out);
  }
}

Recipe parse_form(const Document& document) {
  Recipe recipe;
  config::assign(recipe, document);
  const int sources = recipe.folders.is_used + recipe.npz.is_used +
                      recipe.table.is_used() + !recipe.tables.empty();
  require(sources == 1, document.name, " names ", sources,
          " sources; a recipe has one of folders.is_used, npz.is_used, table.file, "
          "table.dicom and tables");
  if (recipe.table.is_used()) check_table(document, "table", recipe.table);
  for (size_t i = 0; i < recipe.tables.size(); ++i) {
    check_table(document, text("tables[", i, "]"), recipe.tables[i]);
  }
  for (size_t i = 0; i < recipe.joins.size(); ++i) {
    const auto& join = recipe.joins[i];
    const auto at = text("join[", i, "]");
    check_table(document, at, join.table);
    document.require_at(!join.on.is_null(), at, "lacks `on`, its key");
    check_choice(document, at + ".many", join.many, {"error", "first", "each"});
    check_choice(document, at + ".missing", join.missing, {"error", "blank", "drop"});
  }
  read_merge_rule(document, recipe);
  if (!recipe.kind.empty()) {
    check_choice(document, "kind", recipe.kind, {"binary", "multilabel", "multiclass"});
  }
  return recipe;
}

}  // namespace

Document read_recipe(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& recipe : builtin_recipes()) {
    if (recipe.name == name)
      return config::parse_toml(std::string(recipe.text), name, "");
    known.emplace_back(recipe.name);
  }
  std::error_code status;
  require(fs::is_regular_file(name, status), "there is no recipe \"", name,
          "\", built in or as a TOML file", hint(name, known));
  return config::read_toml(name);
}

std::vector<std::string> TableSource::files() const {
  if (!dicom.empty()) return {dicom};
  if (file.is_string()) return {file.get<std::string>()};
  return file.get<std::vector<std::string>>();
}

Recipe parse_recipe(const Document& document) {
  auto recipe = parse_form(document);
  document.require_at(recipe.variants.is_null() || recipe.variants.is_array(), "variant",
                      "is a list of tables { when, ... }");
  for (size_t i = 0; i < recipe.variants.size(); ++i) {
    files_of_variant(document, i);
    parse_form(with_variant(document, i));
  }
  return recipe;
}

std::optional<MergeRule> read_merge_rule(const Document& document, const Recipe& recipe) {
  if (recipe.merge.is_null()) return std::nullopt;
  MergeRule rule;
  if (recipe.merge == "worst") return rule;
  document.require_at(recipe.merge.is_object(), "merge",
                      "is \"worst\" or { votes, rater }, got ", recipe.merge.dump());
  config::assign(rule, document, recipe.merge, "merge");
  document.require_at(rule.votes > 0 && !rule.rater.empty(), "merge",
                      "takes votes, at least 1, and rater");
  return rule;
}

Document choose_variant(const Document& document, const fs::path& root) {
  const auto variants = document.values.find("variant");
  if (variants == document.values.end()) return document;
  for (size_t i = 0; i < variants->size(); ++i) {
    if (find_below(root, files_of_variant(document, i))) return with_variant(document, i);
  }
  return document;
}

std::set<std::string> mentioned_fields(const Document& document) {
  // These are read where the recipe has no rule for them.
  std::set<std::string> mentions = {"path", "split", "class"};
  add_mentions(document.values, mentions);
  return mentions;
}

std::optional<FoundFile> find_below(const fs::path& root,
                                    const std::vector<std::string>& names) {
  std::vector<fs::path> folders = {root};
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(root, status)) {
    if (entry.is_directory(status)) folders.push_back(entry.path());
  }
  std::sort(folders.begin() + 1, folders.end());
  for (const auto& folder : folders) {
    for (const auto& name : names) {
      if (fs::exists(folder / name, status)) return FoundFile{folder, folder / name};
      const bool is_packed = name.ends_with(".gz");
      const auto other = is_packed ? name.substr(0, name.size() - 3) : name + ".gz";
      if (fs::exists(folder / other, status)) return FoundFile{folder, folder / other};
    }
  }
  return std::nullopt;
}

void require_below_root(const std::string& path, const std::string& what) {
  const fs::path asked(path);
  const bool climbs = std::find(asked.begin(), asked.end(), "..") != asked.end();
  const bool is_text = path.find('\0') == std::string::npos;
  require(!asked.is_absolute() && !climbs && is_text, what, ": the path \"", path,
          "\" leads out of the root; paths are relative to it, without \"..\"");
}

}  // namespace medgraft::data
