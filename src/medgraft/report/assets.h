#pragma once

#include <cstddef>
#include <string_view>

namespace medgraft::report {

/// @return the bytes of a file that was embedded at build time ("page.css",
/// "vega.min.js"); empty where it was not, as the chart libraries with
/// MEDGRAFT_REPORT=OFF.
std::string_view embedded_asset(std::string_view name);

}  // namespace medgraft::report
