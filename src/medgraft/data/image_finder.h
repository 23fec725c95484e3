#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "medgraft/config/document.h"
#include "medgraft/data/field_rule.h"

namespace medgraft::data {

/// Finds the image of a row: the first of a recipe's `image` rules whose file is there,
/// in the root or in one of its `image_folders`. Those folders are listed once.
class ImageFinder {
 public:
  /// @param rule one or several. @param folders below `root`, with * in their names;
  /// none: the root alone.
  ImageFinder(const config::Document& document, const nlohmann::json& rule,
              const std::vector<std::string>& folders, const SourceRows& rows,
              std::filesystem::path root);

  struct Found {
    std::string image;  ///< Relative to the root; of a missing one, what was expected.
    bool is_there = false;
  };
  /// @throws UserError where the path is blank or leads out of the root.
  Found find(const SourceRows& rows, size_t row) const;

 private:
  std::optional<std::string> locate(const std::string& name) const;

  std::filesystem::path root_;
  std::vector<FieldRule> rules_;
  std::vector<std::string> folders_;  ///< Relative to the root; "" is the root.
  /// Where folders are named: each file in them, to the first folder that has it.
  std::unordered_map<std::string, size_t> files_;
};

}  // namespace medgraft::data
