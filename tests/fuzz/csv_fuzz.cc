#include "fuzz/targets.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"

namespace medgraft::fuzz {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_rows(std::string content, char delimiter) {
  CsvReader reader(std::move(content), "fuzz.csv", delimiter);
  Rows rows;
  for (std::vector<std::string> row; reader.next(row);) {
    MEDGRAFT_CHECK(!row.empty() && reader.line() >= 1, "csv");
    rows.push_back(row);
  }
  return rows;
}

// What the writer writes, the reader reads back. A row that is one empty field has no
// text that is not a blank line.
void check_round_trip(const Rows& rows) {
  CsvWriter writer;
  Rows expected;
  for (const auto& row : rows) {
    if (row.size() == 1 && row[0].empty()) continue;
    for (const auto& field : row) writer.field(field);
    writer.end_row();
    expected.push_back(row);
  }
  // A mark at the start is the file's, not the first field's.
  if (writer.text().starts_with("\xef\xbb\xbf")) return;
  MEDGRAFT_CHECK(read_rows(writer.take(), ',') == expected, "csv");
}

}  // namespace

void fuzz_csv(std::string_view bytes) {
  for (const char delimiter : {',', '\t'}) {
    try {
      const auto rows = read_rows(std::string(bytes), delimiter);
      if (!rows.empty()) check_round_trip(rows);
      if (!rows.empty()) CsvHeader(rows[0], "fuzz.csv").find("image");
    } catch (const UserError&) {
    }
  }
}

}  // namespace medgraft::fuzz
