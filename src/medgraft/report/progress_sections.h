#pragma once

#include <string>
#include <vector>

#include "medgraft/report/tables.h"

namespace medgraft::report {

/// "chest, 32 px, test: photos R14x0.5 reaches the baseline's full-data auroc (0.830)
/// with 31% [18%, 55%] of the training patients." One an arm but the baseline.
std::vector<std::string> efficiency_sentences(const ReportTables& tables);

/// "chest, 32 px, 100% of the labels: photos R14x0.5: 3 of 3 runs reached ..."
std::vector<std::string> convergence_sentences(const ReportTables& tables);

/// The sentences and their numbers, as HTML; empty without rows.
std::string efficiency_section(const ReportTables& tables);
std::string convergence_section(const ReportTables& tables);

/// Whether the report's rows say that this cell's runs were still improving at their end.
bool is_still_improving(const ReportTables& tables, const CellKey& key);

}  // namespace medgraft::report
