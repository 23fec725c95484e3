#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace medgraft {

/// Numbers as text, independent of the process's locale in both directions.

/// @return the shortest text that parses back to the same value: "0.1", "nan", "inf".
std::string format_number(double value);
/// @return `value` with `digits` significant digits, as printf's %g.
std::string format_number(double value, int digits);
/// @return `value` with `digits` digits after the point, as printf's %f.
std::string format_fixed(double value, int digits);

/// @return nothing unless the whole of `text` is one number. Accepts a leading '+'.
std::optional<double> parse_double(std::string_view text);
std::optional<int64_t> parse_integer(std::string_view text);

}  // namespace medgraft
