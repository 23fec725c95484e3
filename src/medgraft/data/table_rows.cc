#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

// The table lies in `root` or in one of the folders in it.
fs::path find_table(const std::string& file, const fs::path& root) {
  if (fs::is_regular_file(root / file)) return root;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_directory() && fs::is_regular_file(entry.path() / file))
      return entry.path();
  }
  throw UserError(
      text("there is no table ", file, " in ", root.string(), " or a folder in it"));
}

}  // namespace

Source read_table(const Recipe& recipe, const fs::path& root) {
  Source source;
  source.root = find_table(recipe.table.file, root);
  source.name = fs::weakly_canonical(source.root).filename().string();
  CsvReader reader(source.root / recipe.table.file, recipe.table.delimiter[0]);
  auto& rows = source.rows;
  require(reader.next(rows.fields), reader.name(), " is empty");
  const CsvHeader header(rows.fields, reader.name());
  const bool add_row_number = !header.find("row");
  if (add_row_number) rows.fields.push_back("row");
  std::vector<std::string> row;
  while (reader.next(row)) {
    require(row.size() == header.names().size(), reader.name(), ":", reader.line(),
            " has ", row.size(), " fields; the header has ", header.names().size());
    if (add_row_number) row.push_back(text(rows.rows.size()));
    rows.rows.push_back(row);
    rows.places.push_back(text(reader.name(), ":", reader.line()));
  }
  require(!rows.rows.empty(), reader.name(), " has a header and no rows");
  return source;
}

}  // namespace medgraft::data
