#include "fuzz/memory_file.h"
#include "fuzz/targets.h"
#include "medgraft/config/document.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/recipe.h"

namespace medgraft::fuzz {

void fuzz_recipe(std::string_view bytes) {
  config::Document document;
  try {
    document = config::parse_toml(std::string(bytes), "fuzz.toml", "");
    // What is written back is TOML.
    config::parse_toml(config::to_toml(document.values), "again.toml", "");
  } catch (const UserError&) {
    return;
  }
  try {
    data::parse_recipe(document);
  } catch (const UserError&) {
  }
  try {
    const MemoryFile file(bytes);
    data::read_dataset_info(file.path());
  } catch (const UserError&) {
  }
}

}  // namespace medgraft::fuzz
