#include <algorithm>
#include <cctype>
#include <map>

#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/gzip.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlank) - start + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// One table on its way into the rows.
class TableReader {
 public:
  TableReader(const TableSource& table, const fs::path& path, const ReadTables& reading,
              SourceRows& rows)
      : table_(table),
        reading_(reading),
        rows_(rows),
        csv_(read_file_inflated(path), path.string(), table.delimiter[0]) {}

  void read() {
    std::vector<std::string> row = table_.header;
    if (row.empty()) require(csv_.next(row), csv_.name(), " is empty");
    read_header(row);
    const bool adds_number = reading_.mentions.count("row") > 0 && !has_row_column_;
    const auto number = adds_number ? rows_.add_field("row") : 0;
    std::vector<std::pair<size_t, std::string>> fixed;
    for (const auto& [name, value] : table_.set) {
      fixed.emplace_back(rows_.add_field(name), value);
    }
    while (csv_.next(row)) {
      check_width(row);
      const auto at = rows_.add_row(csv_.name(), csv_.line());
      for (size_t i = 0; i < row.size() && i < fields_.size(); ++i) {
        if (fields_[i]) rows_.set(at, *fields_[i], trimmed(row[i]));
      }
      for (const auto& [field, value] : fixed) rows_.set(at, field, value);
      if (adds_number) rows_.set(at, number, text(at));
    }
  }

 private:
  // Columns that no rule mentions are not kept: published tables hold whole reports.
  void read_header(const std::vector<std::string>& header) {
    std::set<std::string> written;
    for (const auto& column : header) written.insert(lower(trimmed(column)));
    std::map<std::string, std::string> spellings;
    for (const auto& [name, others] : table_.names) {
      if (written.count(lower(name)) > 0) continue;
      for (const auto& other : others) spellings.emplace(lower(other), name);
    }
    std::set<std::string> names;
    for (const auto& column : header) {
      std::string name(trimmed(column));
      const auto respelled = spellings.find(lower(name));
      if (respelled != spellings.end()) name = respelled->second;
      require(name.empty() || names.insert(name).second, csv_.name(),
              ": the header names column \"", name, "\" twice");
      has_row_column_ |= name == "row";
      const bool is_kept = reading_.mentions.count(lower(name)) > 0;
      if (!name.empty()) rows_.add_known_name(name);
      fields_.push_back(name.empty() || !is_kept
                            ? std::nullopt
                            : std::optional(rows_.add_field(same_but_case(name))));
      is_named_.push_back(!name.empty());
    }
  }

  // A table below another may write the same column in another case.
  std::string same_but_case(const std::string& name) const {
    const auto found = rows_.find(name);
    return found ? rows_.fields()[*found] : name;
  }

  // Columns without a name may be missing, and blank fields may follow the last one.
  void check_width(const std::vector<std::string>& row) const {
    bool fits = true;
    for (size_t i = row.size(); i < is_named_.size(); ++i) fits &= !is_named_[i];
    for (size_t i = is_named_.size(); i < row.size(); ++i)
      fits &= trimmed(row[i]).empty();
    require(fits, csv_.name(), ":", csv_.line(), " has ", row.size(),
            " fields; the header has ", is_named_.size());
  }

  const TableSource& table_;
  const ReadTables& reading_;
  SourceRows& rows_;
  CsvReader csv_;
  std::vector<std::optional<size_t>> fields_;
  std::vector<bool> is_named_;
  bool has_row_column_ = false;
};

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " or ") + name;
  return out;
}

}  // namespace

void add_table(const TableSource& table, const fs::path& path, const ReadTables& reading,
               SourceRows& rows) {
  TableReader(table, path, reading, rows).read();
}

Source read_tables(const Recipe& recipe, const fs::path& root, ReadTables& reading) {
  const auto tables = recipe.tables.empty() ? std::vector{recipe.table} : recipe.tables;
  Source source;
  for (const bool is_optional : {false, true}) {
    for (const auto& table : tables) {
      if (!source.root.empty() || table.is_optional != is_optional) continue;
      if (const auto found = find_below(root, table.files())) source.root = found->root;
    }
  }
  require(!source.root.empty(), "there is no table ", listed(tables.front().files()),
          " in ", root.string(), " or a folder in it; the recipe expects ", recipe.tree);
  source.name = fs::weakly_canonical(source.root).filename().string();
  for (const auto& table : tables) {
    const auto names = table.files();
    std::optional<fs::path> path;
    for (const auto& name : names) {
      const auto found = find_below(source.root, {name});
      if (found && found->root == source.root && !path) path = found->path;
    }
    require(path || table.is_optional, "there is no table ", listed(names), " in ",
            source.root.string(), "; the recipe expects ", recipe.tree);
    if (!path) {
      reading.notes.push_back(text("the optional table ", listed(names),
                                   " is not there; the import goes on without its rows"));
    } else if (!table.dicom.empty()) {
      add_dicom_tags(table, source.root, reading, source.rows);
    } else {
      add_table(table, *path, reading, source.rows);
    }
  }
  require(source.rows.size() > 0, listed(tables.front().files()), " in ",
          source.root.string(), " has no rows");
  return source;
}

}  // namespace medgraft::data
