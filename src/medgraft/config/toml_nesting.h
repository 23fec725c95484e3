#pragma once

#include <string>
#include <string_view>

namespace medgraft::config {

/// Looks at TOML before the parser does, which recurses as deep as the keys nest and
/// limits that of brackets alone.
/// @throws UserError where a key such as "a.b.c" has very many parts.
void require_shallow_keys(std::string_view content, const std::string& name);

}  // namespace medgraft::config
