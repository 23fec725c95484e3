#include "medgraft/study/plan_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::study {
namespace {

constexpr const char* kPlanColumns[] = {
    "id",   "upstream", "architecture",      "task",          "resolution",  "fraction",
    "seed", "status",   "upstream_fraction", "upstream_seed", "upstream_id", "arm"};
constexpr const char* kSearchColumns[] = {"lr", "score", "chosen"};

void add_row(const PlanRow& row, CsvWriter& table) {
  table.field(row.id).field(row.upstream).field(row.architecture).field(row.task);
  table.field(std::to_string(row.resolution)).field(row.fraction);
  table.field(std::to_string(row.seed)).field(to_string(row.status));
  table.field(row.upstream_fraction).field(std::to_string(row.upstream_seed));
  table.field(row.upstream_id).field(row.arm);
}

// Rows of a table by column name, with messages that name file and line.
class TableReader {
 public:
  explicit TableReader(const std::filesystem::path& file) : reader_(file) {
    reader_.next(fields_);
    header_ = CsvHeader(fields_, reader_.name());
  }

  bool next() {
    if (!reader_.next(fields_)) return false;
    require(fields_.size() == header_.names().size(), reader_.name(), ":", reader_.line(),
            ": ", header_.names().size(), " fields are expected, got ", fields_.size());
    return true;
  }

  const std::string& field(const char* column) const {
    return fields_[header_.at(column)];
  }

  double number(const char* column) const {
    const auto& value = field(column);
    const auto parsed = parse_double(value);
    require(parsed.has_value(), reader_.name(), ":", reader_.line(), ": ", column,
            " is a number, got \"", value, "\"");
    return *parsed;
  }

  int64_t integer(const char* column) const {
    const auto& value = field(column);
    const auto parsed = parse_integer(value);
    require(parsed.has_value(), reader_.name(), ":", reader_.line(), ": ", column,
            " is a whole number, got \"", value, "\"");
    return *parsed;
  }

 private:
  CsvReader reader_;
  CsvHeader header_;
  std::vector<std::string> fields_;
};

RunStatus status_named(const std::string& name) {
  for (const auto status : {RunStatus::kRunning, RunStatus::kDone, RunStatus::kFailed}) {
    if (to_string(status) == name) return status;
  }
  return RunStatus::kPending;
}

PlanRow row_of(const TableReader& table) {
  PlanRow row;
  row.id = table.field("id");
  row.upstream = table.field("upstream");
  row.architecture = table.field("architecture");
  row.task = table.field("task");
  row.resolution = table.integer("resolution");
  row.fraction = table.number("fraction");
  row.seed = table.integer("seed");
  row.status = status_named(table.field("status"));
  row.upstream_fraction = table.number("upstream_fraction");
  row.upstream_seed = table.integer("upstream_seed");
  row.upstream_id = table.field("upstream_id");
  row.arm = table.field("arm");
  return row;
}

}  // namespace

std::string plan_table_text(const std::vector<PlanRow>& rows) {
  CsvWriter table;
  for (const char* column : kPlanColumns) table.field(column);
  table.end_row();
  for (const auto& row : rows) {
    add_row(row, table);
    table.end_row();
  }
  return table.take();
}

std::vector<PlanRow> read_plan_table(const std::filesystem::path& file) {
  TableReader table(file);
  std::vector<PlanRow> rows;
  while (table.next()) rows.push_back(row_of(table));
  return rows;
}

std::string search_table_text(const std::vector<SearchRow>& rows) {
  CsvWriter table;
  for (const char* column : kPlanColumns) table.field(column);
  for (const char* column : kSearchColumns) table.field(column);
  table.end_row();
  for (const auto& row : rows) {
    add_row(row.trial, table);
    table.field(row.lr).field(row.score).field(row.chosen ? "1" : "0");
    table.end_row();
  }
  return table.take();
}

std::vector<SearchRow> read_search_table(const std::filesystem::path& file) {
  TableReader table(file);
  std::vector<SearchRow> rows;
  while (table.next()) {
    SearchRow row;
    row.trial = row_of(table);
    row.lr = table.number("lr");
    row.score = table.field("score").empty() ? std::numeric_limits<double>::quiet_NaN()
                                             : table.number("score");
    row.chosen = table.field("chosen") == "1";
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<LearningRateChoice> choices_of(const std::vector<SearchRow>& rows) {
  using Key = std::tuple<std::string, std::string, std::string, int64_t, double>;
  const auto key_of = [](const PlanRow& row) {
    return Key{row.upstream, row.architecture, row.task, row.resolution, row.fraction};
  };
  std::map<Key, std::vector<const SearchRow*>> searches;
  std::vector<Key> order;
  for (const auto& row : rows) {
    auto& trials = searches[key_of(row.trial)];
    if (trials.empty()) order.push_back(key_of(row.trial));
    trials.push_back(&row);
  }
  std::vector<LearningRateChoice> choices;
  for (const auto& key : order) {
    LearningRateChoice choice;
    std::tie(choice.upstream, choice.architecture, choice.task, choice.resolution,
             choice.fraction) = key;
    double sum = 0;
    int64_t count = 0;
    for (const auto* row : searches.at(key)) {
      choice.rates.push_back(row->lr);
      if (!row->chosen) continue;
      choice.lr = row->lr;
      sum += row->score;
      ++count;
    }
    if (count == 0) continue;
    choice.score = sum / static_cast<double>(count);
    std::sort(choice.rates.begin(), choice.rates.end());
    choice.rates.erase(std::unique(choice.rates.begin(), choice.rates.end()),
                       choice.rates.end());
    choice.at_edge = choice.rates.size() > 1 && (choice.lr == choice.rates.front() ||
                                                 choice.lr == choice.rates.back());
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace medgraft::study
