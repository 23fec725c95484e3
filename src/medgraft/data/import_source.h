#pragma once

#include <filesystem>

#include "medgraft/config/document.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {

/// Reads a recipe's source, joins its tables, works out its `fields` and keeps the rows
/// that `select` wants.
Source load_source(const config::Document& document, const Recipe& recipe,
                   const std::filesystem::path& root, ReadTables& reading);

}  // namespace medgraft::data
