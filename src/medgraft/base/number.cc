#include "medgraft/base/number.h"

#include <charconv>
#include <cmath>

namespace medgraft {
namespace {

template <class... Format>
std::string print(double value, Format... format) {
  if (std::isnan(value)) return "nan";
  char buffer[512];  // %f of the largest double has 309 digits before the point.
  const auto [end, status] =
      std::to_chars(buffer, buffer + sizeof buffer, value, format...);
  return status == std::errc{} ? std::string(buffer, end) : std::string("nan");
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Number value{};
  const auto end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string format_number(double value) { return print(value); }

std::string format_number(double value, int digits) {
  return print(value, std::chars_format::general, digits);
}

std::string format_fixed(double value, int digits) {
  return print(value, std::chars_format::fixed, digits);
}

std::optional<double> parse_double(std::string_view text) { return parse<double>(text); }

std::optional<int64_t> parse_integer(std::string_view text) {
  return parse<int64_t>(text);
}

}  // namespace medgraft
