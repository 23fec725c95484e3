#include "medgraft/data/import_source.h"

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/data/field_rule.h"

namespace medgraft::data {
namespace {

using config::Document;

void add_fields(const Document& document, const nlohmann::json& fields,
                SourceRows& rows) {
  if (fields.is_null()) return;
  document.require_at(fields.is_object(), "fields", "is a table of rules, got ",
                      fields.dump());
  std::vector<std::pair<std::string, FieldRule>> rules;
  for (const auto& [name, rule] : fields.items()) {
    rules.emplace_back(name, FieldRule(document, "fields." + name, rule, rows));
  }
  // All rules read the source's fields, whatever order they are applied in.
  std::vector<std::vector<std::string>> values(rules.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < rules.size(); ++i) {
      try {
        values[i].push_back(rules[i].second.value(rows, row));
      } catch (const UserError& error) {
        throw UserError(text(rows.place(row), ": ", error.what()));
      }
    }
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    const auto field = rows.add_field(rules[i].first);
    for (size_t row = 0; row < rows.size(); ++row) rows.set(row, field, values[i][row]);
  }
}

void keep_selected(const Document& document, const nlohmann::json& select,
                   ReadTables& reading, SourceRows& rows) {
  const auto conditions = read_conditions(document, "select", select, rows);
  if (conditions.empty()) return;
  std::vector<size_t> kept;
  for (size_t row = 0; row < rows.size(); ++row) {
    const bool is_wanted = std::all_of(
        conditions.begin(), conditions.end(),
        [&](const Condition& condition) { return condition.holds(rows, row); });
    if (is_wanted) kept.push_back(row);
  }
  const auto num_left_out = rows.size() - kept.size();
  require(!kept.empty(), "`select` leaves none of the ", rows.size(), " rows");
  if (num_left_out == 0) return;
  rows.take(kept);
  reading.notes.push_back(
      text("left out ", num_left_out, " rows that `select` does not want"));
}

}  // namespace

Source load_source(const Document& document, const Recipe& recipe,
                   const std::filesystem::path& root, ReadTables& reading) {
  auto source = recipe.folders.is_used ? read_folders(recipe, root)
                : recipe.npz.is_used   ? read_npz(recipe, root)
                                       : read_tables(recipe, root, reading);
  for (size_t i = 0; i < recipe.joins.size(); ++i) {
    join_table(document, i, recipe.joins[i], source, reading);
  }
  require(source.rows.size() > 0, "the joins leave no row");
  add_fields(document, recipe.fields, source.rows);
  keep_selected(document, recipe.select, reading, source.rows);
  return source;
}

}  // namespace medgraft::data
