#pragma once

#include <string>

#include "medgraft/report/tables.h"
#include "medgraft/study/study_results.h"

namespace medgraft::report {

/// The report's tables, each as HTML.
std::string contrasts_section(const ReportTables& tables);
std::string calibration_section(const ReportTables& tables);
/// Learning rates that were chosen, winners at the edge of the range, and arms that were
/// still improving.
std::string fair_arms_section(const study::StudyResults& results,
                              const ReportTables& tables);
std::string data_card_section(const study::StudyResults& results,
                              const ReportTables& tables);
std::string runs_section(const study::StudyResults& results);
std::string methods_section(const ReportTables& tables);

/// "0.830 [0.780, 0.870]"
std::string with_interval(double value, double low, double high);
/// "10%"
std::string percent(double fraction);

}  // namespace medgraft::report
