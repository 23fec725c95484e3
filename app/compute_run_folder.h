#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace medgraft::app {

/// The folder of one run while it is being worked on: its lock, run.json, the keyed
/// hashes that stand for cases, and the record of who read test data.
class RunFolder {
 public:
  /// @param test_access_log empty: the folder's own test_access.jsonl.
  RunFolder(std::filesystem::path folder, const std::string& test_access_log);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// @return run.json, or null where there is none. @throws UserError if it is damaged or
  /// belongs to another run than `id`.
  nlohmann::json read_record(const std::string& id) const;

  /// Creates the folder, or takes over the one of an unfinished run, for this process
  /// alone. @throws UserError if it holds something else or another process works on it.
  void open(bool force);

  /// Writes private/ids.csv, with the key of an earlier start if there was one.
  void name_cases(const std::vector<std::string>& ids);
  /// @return what stands for a case or an image outside the user's own tables.
  std::string hash(const std::string& id) const;

  /// Appends one line, in one write, to the record of who read test data when.
  void record_access(const nlohmann::json& line) const;

  void write_record(const nlohmann::json& record) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  bool holds_only_what_a_study_lays() const;
  void lock();
  void remove_temporaries() const;

  std::filesystem::path path_, test_access_log_;
  std::string key_;
  int lock_ = -1;
};

/// @throws UserError if `log` cannot be written.
void append_test_access(const std::filesystem::path& log, const nlohmann::json& line);

}  // namespace medgraft::app
