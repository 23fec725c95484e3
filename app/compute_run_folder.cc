#include "compute_run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/csv.h"
#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string short_id(const std::string& id) { return id.substr(0, 12); }

std::string new_key() {
  std::random_device device;
  std::string key;
  for (int i = 0; i < 8; ++i) key += text(std::hex, device());
  return key;
}

}  // namespace

RunFolder::RunFolder(fs::path folder, const std::string& test_access_log)
    : path_(std::move(folder)),
      test_access_log_(test_access_log.empty() ? path_ / "test_access.jsonl"
                                               : fs::path(test_access_log)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

json RunFolder::read_record(const std::string& id) const {
  const auto file = path_ / "run.json";
  if (!fs::exists(file)) return {};
  auto record = json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  require(record.is_object() && record.contains("id") && record["id"].is_string() &&
              record.contains("status") && record["status"].is_string(),
          file.string(), " is damaged; remove the folder or choose another --out");
  require(record["id"] == id, path_.string(), " holds a run of another configuration (",
          short_id(record["id"]), ", not ", short_id(id), "); choose another --out");
  return record;
}

void RunFolder::open(bool force) {
  const bool resuming = fs::exists(path_ / "run.json");
  create_output_folder(path_, resuming || force || holds_only_what_a_study_lays());
  lock();
  remove_temporaries();
  fs::create_directories(path_ / "checkpoint");
  fs::create_directories(path_ / "private");
  fs::permissions(path_ / "private", fs::perms::owner_all);
}

// A study lays config.toml into the folder before the run begins.
bool RunFolder::holds_only_what_a_study_lays() const {
  if (!fs::is_directory(path_)) return false;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const auto name = entry.path().filename().string();
    if (name != "config.toml" && name != "checkpoint" && name != "private") return false;
  }
  return true;
}

// On the folder itself, so that no file is left behind. Some network file systems have no
// such locks; there a study's claims keep processes apart.
void RunFolder::lock() {
  lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require(lock_ >= 0, "cannot read ", path_.string(), ": ", std::strerror(errno));
  require(flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
          "another process is working on ", path_.string(), "; wait until it ends");
}

// Left by a process that was killed while it wrote.
void RunFolder::remove_temporaries() const {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (entry.path().extension() == ".tmp") left.push_back(entry.path());
  }
  for (const auto& file : left) fs::remove(file);
}

void RunFolder::name_cases(const std::vector<std::string>& ids) {
  const auto file = path_ / "private" / "ids.csv";
  if (fs::exists(file)) {
    CsvReader reader(file);
    std::vector<std::string> row;
    while (reader.next(row)) {
      if (row.size() == 2 && row[0] == "key") key_ = row[1];
    }
  }
  if (key_.empty()) key_ = new_key();
  CsvWriter table;
  table.field("hash").field("id").end_row();
  table.field("key").field(key_).end_row();
  for (const auto& id : ids) table.field(hash(id)).field(id).end_row();
  AtomicFile out(file, 0600);
  out.write(table.text());
  out.commit();
}

std::string RunFolder::hash(const std::string& id) const {
  return keyed_hash(key_, id).substr(0, 16);
}

void RunFolder::record_access(const json& line) const {
  append_test_access(test_access_log_, line);
}

void RunFolder::write_record(const json& record) const {
  write_file_atomically(path_ / "run.json", record.dump(2) + "\n");
}

void append_test_access(const fs::path& log, const json& line) {
  const auto bytes = line.dump() + "\n";
  const int file = ::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const bool written = file >= 0 && write(file, bytes.data(), bytes.size()) ==
                                        static_cast<ssize_t>(bytes.size());
  const int error = errno;
  if (file >= 0) close(file);
  require(written, "cannot record the reading of test data in ", log.string(), ": ",
          std::strerror(error), "; name another file by --test-access-log");
}

}  // namespace medgraft::app
