#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "medgraft/base/error.h"

namespace medgraft::config {

/// A configuration as read, before any struct has been filled from it: TOML's values as
/// JSON, and where each was written.
struct Document {
  nlohmann::json values = nlohmann::json::object();
  /// "train.lr" or "task[0].name" to "study.toml:12" or "--set".
  std::map<std::string, std::string> origin;
  /// What relative paths are relative to: the file's folder.
  std::filesystem::path directory;
  std::string name;

  /// Throws UserError "study.toml:12: train.lr <what...>" unless `condition` holds.
  template <class... What>
  void require_at(bool condition, const std::string& path, const What&... what) const {
    if (!condition) throw UserError(text(where(path), path, " ", what...));
  }

  /// @return "study.toml:12: ", of the nearest enclosing value whose place is known.
  std::string where(const std::string& path) const;

  /// @return `value` as a path from here: unchanged if absolute, a keyword ("scratch",
  /// "none") or given by --set; "mean_var:PATH" keeps its prefix.
  std::string resolve(const std::string& path, const std::string& value) const;
};

/// @throws UserError with file, line and column where the file is not TOML.
Document read_toml(const std::filesystem::path& file);
Document parse_toml(const std::string& content, const std::string& name,
                    const std::filesystem::path& directory);

/// Applies "train.lr=0.01": the value is TOML if it parses, else a bare string.
/// @throws UserError if there is no '=' or the key runs through a value.
void override_value(Document& document, const std::string& assignment);

/// @return `values` as TOML text; nulls are left out.
std::string to_toml(const nlohmann::json& values);

}  // namespace medgraft::config
