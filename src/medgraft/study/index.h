#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "medgraft/study/plan_table.h"

namespace medgraft::study {

/// One run as the index knows it.
struct IndexedRun {
  PlanRow row;
  bool is_trial = false;
  double lr = 0;  ///< Of a trial; else NaN.
  RunRecord record;
};

/// study.sqlite: the run directories' state in a table that SQL can ask. It is never the
/// truth: where it is missing or damaged it is made anew. Table `runs`; a rollback
/// journal, since the folder may be on a network.
class Index {
 public:
  /// Opens `file`; a file that is no database, or of another version, is replaced.
  /// @throws UserError if it cannot be written.
  explicit Index(const std::filesystem::path& file);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  /// Makes the table hold exactly `runs`. Writes nothing where it already does.
  void replace(const std::vector<IndexedRun>& runs);
  /// Adds or replaces one run.
  void put(const IndexedRun& run);

  /// @return id, status and reason of each run, by id: what a test or an export reads.
  struct Row {
    std::string id, status, reason;
  };
  std::vector<Row> rows() const;

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace medgraft::study
