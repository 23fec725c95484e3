#include "medgraft/study/failure_record.h"

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/time.h"
#include "medgraft/study/run_directory.h"

namespace medgraft::study {

void record_failure(const PlannedRun& run, const std::filesystem::path& folder,
                    const std::string& reason) {
  auto values = read_run_record(folder).values;
  if (!values.is_object()) {
    values = {{"schema", 1},
              {"command", run.row.is_upstream() ? "pretrain" : "finetune"},
              {"id", run.row.id},
              {"start", utc_now()},
              {"best", nullptr}};
  }
  values["status"] = "failed";
  values["reason"] = reason;
  values["end"] = utc_now();
  write_file_atomically(folder / "run.json", values.dump(1) + "\n");
}

}  // namespace medgraft::study
