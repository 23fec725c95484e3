#include "medgraft/data/recipe.h"

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"

namespace medgraft::data {

config::Document read_recipe(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& recipe : builtin_recipes()) {
    if (recipe.name == name)
      return config::parse_toml(std::string(recipe.text), name, "");
    known.emplace_back(recipe.name);
  }
  std::error_code status;
  require(std::filesystem::is_regular_file(name, status), "there is no recipe \"", name,
          "\", built in or as a TOML file", hint(name, known));
  return config::read_toml(name);
}

Recipe parse_recipe(const config::Document& document) {
  Recipe recipe;
  config::assign(recipe, document);
  const int sources =
      recipe.folders.is_used + recipe.npz.is_used + !recipe.table.file.empty();
  require(sources == 1, document.name, " names ", sources,
          " sources; a recipe has one of folders.is_used, npz.is_used and table.file");
  require(recipe.table.delimiter.size() == 1, document.where("table.delimiter"),
          "table.delimiter is one character, got \"", recipe.table.delimiter, "\"");
  for (const auto* kind : {"", "binary", "multilabel", "multiclass"}) {
    if (recipe.kind == kind) return recipe;
  }
  throw UserError(text(document.where("kind"),
                       "kind is binary, multilabel or multiclass, got \"", recipe.kind,
                       "\""));
}

}  // namespace medgraft::data
