#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/report/tables.h"

namespace medgraft::report {

/// A chart: a Vega-Lite specification with its data in it.
struct Figure {
  std::string id, title, caption;
  nlohmann::json specification;
};

/// @return the figures that `tables` has numbers for.
std::vector<Figure> make_figures(const ReportTables& tables);

}  // namespace medgraft::report
