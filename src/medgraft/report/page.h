#pragma once

#include <string>
#include <vector>

#include "medgraft/report/figures.h"
#include "medgraft/report/tables.h"
#include "medgraft/study/study_results.h"

namespace medgraft::report {

/// @return the whole report: one HTML document that loads nothing from anywhere.
std::string make_page(const study::StudyResults& results, const ReportTables& tables,
                      const std::vector<Figure>& figures);

/// @return the verdicts as sentences, one a primary contrast, nil effects included.
std::vector<std::string> verdict_sentences(const ReportTables& tables);

}  // namespace medgraft::report
