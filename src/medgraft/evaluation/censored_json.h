#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "medgraft/statistics/censored.h"

namespace medgraft::evaluation {

/// "0.31", "< 0.05", "> 1": two significant digits, times `scale`; "undefined" of NaN.
/// @param unit appended to the number, such as "%".
std::string censored_text(const statistics::Censored& value, double scale = 1,
                          const std::string& unit = "");

/// "0.31 [0.18, > 1]"; the value alone where nothing else is known, or all three are
/// censored alike.
std::string censored_text(const statistics::CensoredInterval& interval, double scale = 1,
                          const std::string& unit = "");

/// "below", "above" or null.
nlohmann::json censoring_json(const statistics::Censored& value);

/// {value, ci_low, ci_high, censored, ci_low_censored, ci_high_censored, text}: a number
/// is null where it is censored, and its bound is in the text alone.
nlohmann::json censored_json(const statistics::CensoredInterval& interval);

}  // namespace medgraft::evaluation
