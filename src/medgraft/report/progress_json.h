#pragma once

#include <nlohmann/json.hpp>

#include "medgraft/report/tables.h"
#include "medgraft/study/study_results.h"

namespace medgraft::report {

/// {"data_efficiency": [...], "convergence": [...]} of what the tables hold.
nlohmann::json progress_json(const ReportTables& tables);

/// The same of a study's folder alone, on its primary metric: nothing else is scored.
nlohmann::json progress_json(const study::StudyResults& results,
                             const TableOptions& options);

}  // namespace medgraft::report
