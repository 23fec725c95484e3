#pragma once

#include <string>

namespace medgraft {

/// @return the present time in UTC, ISO 8601 to the second: "2026-11-23T18:00:00Z".
std::string utc_now();

/// @return seconds on a clock that never steps back.
double monotonic_seconds();

}  // namespace medgraft
