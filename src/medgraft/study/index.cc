#include "medgraft/study/index.h"

#include <sqlite3.h>

#include <cmath>
#include <map>
#include <system_error>
#include <utility>

#include "medgraft/base/error.h"

namespace medgraft::study {
namespace fs = std::filesystem;
namespace {

// Raised with the table's columns; an index of another version is made anew.
constexpr int kVersion = 1;
constexpr int kBusyMilliseconds = 10'000;

constexpr const char* kSchema =
    "CREATE TABLE runs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, upstream TEXT, "
    "architecture TEXT, task TEXT, resolution INTEGER, fraction REAL, seed INTEGER, lr "
    "REAL, "
    "status TEXT NOT NULL, reason TEXT, metric TEXT, best REAL, best_step INTEGER, "
    "wall_seconds REAL, start TEXT, end TEXT) WITHOUT ROWID";

constexpr const char* kPut =
    "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// The file is no database of ours, or it is damaged.
class DamagedIndex : public UserError {
  using UserError::UserError;
};

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};

[[noreturn]] void fail(sqlite3* database, const std::string& file, int code) {
  const auto message = text("cannot use the study's index ", file, ": ",
                            database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
  const int primary = code & 0xff;
  if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT || primary == SQLITE_ERROR) {
    throw DamagedIndex(message);
  }
  throw UserError(message);
}

}  // namespace

struct Index::Database {
  explicit Database(const fs::path& path) : file(path.string()) {
    check(sqlite3_open_v2(file.c_str(), &handle,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr));
    sqlite3_busy_timeout(handle, kBusyMilliseconds);
    run("PRAGMA journal_mode = DELETE");
    run("BEGIN IMMEDIATE");
    const auto version = number("PRAGMA user_version");
    if (version == 0) {
      run(kSchema);
      run(text("PRAGMA user_version = ", kVersion));
    } else if (version != kVersion) {
      throw DamagedIndex(text(file, " is an index of version ", version));
    }
    // Reads a page of each column's table: a damaged file shows itself here.
    number("SELECT count(*) FROM runs WHERE status <> ''");
    run("COMMIT");
  }

  void check(int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
      fail(handle, file, code);
    }
  }
  void run(const std::string& sql) {
    check(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr));
  }
  int64_t number(const std::string& sql);

  std::string file;
  std::unique_ptr<sqlite3, CloseDatabase> owner;
  sqlite3* handle = nullptr;
};

namespace {

// A prepared statement; parameters and columns in order.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& file, const std::string& sql)
      : database_(database), file_(file) {
    check(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& value) {
    check(sqlite3_bind_text(statement_, ++bound_, value.c_str(), -1, SQLITE_TRANSIENT));
    return *this;
  }
  Statement& bind(int64_t value) {
    check(sqlite3_bind_int64(statement_, ++bound_, value));
    return *this;
  }
  Statement& bind(double value) {
    check(std::isnan(value) ? sqlite3_bind_null(statement_, ++bound_)
                            : sqlite3_bind_double(statement_, ++bound_, value));
    return *this;
  }
  bool step() {
    const int code = sqlite3_step(statement_);
    check(code);
    return code == SQLITE_ROW;
  }
  std::string column_text(int column) const {
    const auto* value = sqlite3_column_text(statement_, column);
    return value ? reinterpret_cast<const char*>(value) : "";
  }
  int64_t column_number(int column) const {
    return sqlite3_column_int64(statement_, column);
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
      fail(database_, file_, code);
    }
  }
  sqlite3* database_;
  const std::string& file_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

std::string kind_of(const IndexedRun& run) {
  return run.is_trial ? "trial" : run.row.is_upstream() ? "upstream" : "finetune";
}

void put_run(sqlite3* database, const std::string& file, const IndexedRun& run) {
  const auto& [row, is_trial, lr, record] = run;
  const auto best = record.best.value_or(BestScore{"", "", std::nan(""), 0});
  Statement(database, file, kPut)
      .bind(row.id)
      .bind(kind_of(run))
      .bind(row.upstream)
      .bind(row.architecture)
      .bind(row.task)
      .bind(row.resolution)
      .bind(row.fraction)
      .bind(row.seed)
      .bind(is_trial ? lr : std::nan(""))
      .bind(to_string(row.status))
      .bind(record.reason)
      .bind(best.metric)
      .bind(best.value)
      .bind(best.step)
      .bind(record.wall_seconds)
      .bind(record.start)
      .bind(record.end)
      .step();
}

}  // namespace

int64_t Index::Database::number(const std::string& sql) {
  Statement statement(handle, file, sql);
  return statement.step() ? statement.column_number(0) : 0;
}

Index::Index(const fs::path& file) {
  try {
    database_ = std::make_unique<Database>(file);
  } catch (const DamagedIndex&) {
    std::error_code status;
    fs::remove(file, status);
    fs::remove(fs::path(file) += "-journal", status);
    try {
      database_ = std::make_unique<Database>(file);
    } catch (const DamagedIndex& error) {
      throw UserError(error.what());
    }
  }
}

Index::~Index() = default;

std::vector<Index::Row> Index::rows() const {
  Statement select(database_->handle, database_->file,
                   "SELECT id, status, reason FROM runs ORDER BY id");
  std::vector<Row> rows;
  while (select.step()) {
    rows.push_back({select.column_text(0), select.column_text(1), select.column_text(2)});
  }
  return rows;
}

void Index::replace(const std::vector<IndexedRun>& runs) {
  std::map<std::string, std::pair<std::string, std::string>> wanted, found;
  for (const auto& run : runs) {
    wanted[run.row.id] = {to_string(run.row.status), run.record.reason};
  }
  for (const auto& row : rows()) found[row.id] = {row.status, row.reason};
  if (wanted == found) return;
  database_->run("BEGIN IMMEDIATE");
  database_->run("DELETE FROM runs");
  for (const auto& run : runs) put_run(database_->handle, database_->file, run);
  database_->run("COMMIT");
}

void Index::put(const IndexedRun& run) {
  put_run(database_->handle, database_->file, run);
}

}  // namespace medgraft::study
