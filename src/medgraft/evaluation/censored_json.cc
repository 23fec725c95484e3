#include "medgraft/evaluation/censored_json.h"

#include <cmath>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::evaluation {
namespace {

using nlohmann::json;
using statistics::Censored;
using statistics::Censoring;

constexpr int kDigits = 2;

json number(const Censored& value) {
  if (std::isnan(value.value) || value.censoring != Censoring::kNone) return nullptr;
  return value.value;
}

}  // namespace

std::string censored_text(const Censored& value, double scale, const std::string& unit) {
  if (std::isnan(value.value)) return "undefined";
  // %g would write 100 as 1e+02.
  const double scaled = value.value * scale;
  const auto digits =
      scaled >= 100 ? format_fixed(scaled, 0) : format_number(scaled, kDigits);
  const char* sign = value.censoring == Censoring::kBelow   ? "< "
                     : value.censoring == Censoring::kAbove ? "> "
                                                            : "";
  return sign + digits + unit;
}

std::string censored_text(const statistics::CensoredInterval& interval, double scale,
                          const std::string& unit) {
  const auto value = censored_text(interval.value, scale, unit);
  const bool has_ends =
      !std::isnan(interval.low.value) || !std::isnan(interval.high.value);
  const bool all_alike = interval.value.censoring != Censoring::kNone &&
                         interval.low == interval.value &&
                         interval.high == interval.value;
  if (!has_ends || all_alike) return value;
  return text(value, " [", censored_text(interval.low, scale, unit), ", ",
              censored_text(interval.high, scale, unit), "]");
}

json censoring_json(const Censored& value) {
  switch (value.censoring) {
    case Censoring::kBelow:
      return "below";
    case Censoring::kAbove:
      return "above";
    case Censoring::kNone:
      break;
  }
  return nullptr;
}

json censored_json(const statistics::CensoredInterval& interval) {
  return {{"value", number(interval.value)},
          {"censored", censoring_json(interval.value)},
          {"ci_low", number(interval.low)},
          {"ci_low_censored", censoring_json(interval.low)},
          {"ci_high", number(interval.high)},
          {"ci_high_censored", censoring_json(interval.high)},
          {"text", censored_text(interval)}};
}

}  // namespace medgraft::evaluation
