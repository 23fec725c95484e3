#pragma once

#include <optional>
#include <vector>

#include "medgraft/evaluation/metric.h"
#include "medgraft/report/study_cells.h"
#include "medgraft/report/tables.h"

namespace medgraft::report {

struct ContrastOptions {
  evaluation::Metric primary;
  std::optional<double> margin;  ///< Of non-inferiority on the primary metric.
  std::string baseline_arm;
  std::string scratch_upstream;
  evaluation::CellOptions cells;
};

/// Every arm against the baseline at the same task, resolution and fraction (relative
/// performance), and against the same architecture from scratch where that is another
/// arm: exploratory, it separates architecture from pre-training. Adjusted by Holm and
/// judged within each family.
/// @param scored the cells' own figures, by which the baseline's absolute value is
/// stated.
std::vector<ContrastRow> make_contrasts(const StudyCells& cells,
                                        const std::vector<CellRow>& scored,
                                        const ContrastOptions& options);

}  // namespace medgraft::report
