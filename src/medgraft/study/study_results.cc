#include "medgraft/study/study_results.h"

#include <set>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"
#include "medgraft/config/identity.h"

namespace medgraft::study {
namespace fs = std::filesystem;

std::string study_hash(const StudyConfig& config) {
  return sha256(config::canonical_json(config::result_fields(config)));
}

StudyResults read_study_results(const fs::path& folder) {
  StudyResults results;
  results.folder = folder;
  for (const char* name : {"study.toml", "plan.csv"}) {
    require(fs::is_regular_file(folder / name), folder.string(), " holds no ", name,
            "; a folder that `medgraft study run STUDY.toml --out DIR` made is expected");
  }
  config::assign(results.config, config::read_toml(folder / "study.toml"));
  results.config_hash = study_hash(results.config);
  for (auto& row : read_plan_table(folder / "plan.csv")) {
    RunResult result;
    result.folder = folder / "runs" / row.id;
    result.record = read_run_record(result.folder);
    result.predictions = prediction_files(result.folder);
    row.status = result.record.status;
    result.row = std::move(row);
    results.runs.push_back(std::move(result));
  }
  if (fs::is_regular_file(folder / "search.csv")) {
    results.search = read_search_table(folder / "search.csv");
    results.choices = choices_of(results.search);
  }
  return results;
}

}  // namespace medgraft::study
