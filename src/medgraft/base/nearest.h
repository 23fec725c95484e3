#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medgraft {

/// @return what to say behind "unknown NAME": "; did you mean \"steps\"?" where a name of
/// `known` is close (edit distance at most 2, or a third of the length), else the list of
/// names ("; known: a, b, c"), cut where it is long.
std::string hint(std::string_view name, const std::vector<std::string>& known);

}  // namespace medgraft
