#include "medgraft/data/image_finder.h"

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/recipe.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

using config::Document;

// Whether `name` is `pattern`, in which each * stands for any text.
bool matches(std::string_view name, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  name.remove_prefix(star);
  const auto rest = pattern.substr(star + 1);
  if (rest.find('*') == std::string_view::npos) return name.ends_with(rest);
  for (size_t i = 0; i <= name.size(); ++i) {
    if (matches(name.substr(i), rest)) return true;
  }
  return false;
}

// @return the folders below `root` that a pattern stands for, in order, relative to it.
std::vector<std::string> folders_of(const fs::path& root, const std::string& pattern) {
  std::vector<std::string> found = {""};
  for (const auto& part : fs::path(pattern)) {
    if (part == ".") continue;
    std::vector<std::string> next;
    for (const auto& folder : found) {
      std::error_code status;
      std::vector<std::string> names;
      if (part.string().find('*') == std::string::npos) {
        if (fs::is_directory(root / folder / part, status))
          names.push_back(part.string());
      } else {
        for (const auto& entry : fs::directory_iterator(root / folder, status)) {
          const auto name = entry.path().filename().string();
          if (matches(name, part.string()) && entry.is_directory(status)) {
            names.push_back(name);
          }
        }
      }
      std::sort(names.begin(), names.end());
      for (const auto& name : names) {
        next.push_back(folder.empty() ? name : folder + "/" + name);
      }
    }
    found = std::move(next);
  }
  return found;
}

}  // namespace

ImageFinder::ImageFinder(const Document& document, const nlohmann::json& rule,
                         const std::vector<std::string>& folders, const SourceRows& rows,
                         fs::path root)
    : root_(std::move(root)) {
  if (rule.is_array()) {
    document.require_at(!rule.empty(), "image", "is an empty list");
    for (const auto& one : rule) rules_.emplace_back(document, "image", one, rows);
  } else {
    rules_.emplace_back(document, "image", rule, rows);
  }
  for (const auto& pattern : folders) {
    require_below_root(pattern, document.where("image_folders") + "image_folders");
    for (const auto& folder : folders_of(root_, pattern)) {
      const auto index = folders_.size();
      folders_.push_back(folder);
      std::error_code status;
      for (const auto& entry : fs::directory_iterator(root_ / folder, status)) {
        if (entry.is_directory(status)) continue;
        files_.emplace(entry.path().filename().string(), index);
      }
    }
  }
}

std::optional<std::string> ImageFinder::locate(const std::string& name) const {
  const auto file = split_image_name(name).file;
  std::error_code status;
  if (folders_.empty()) {
    if (fs::is_regular_file(root_ / file, status)) return name;
    return std::nullopt;
  }
  const auto in = [&](const std::string& folder) {
    return folder.empty() ? name : folder + "/" + name;
  };
  if (file.find('/') == std::string::npos) {
    const auto found = files_.find(file);
    if (found == files_.end()) return std::nullopt;
    return in(folders_[found->second]);
  }
  for (const auto& folder : folders_) {
    if (fs::is_regular_file(root_ / folder / file, status)) return in(folder);
  }
  return std::nullopt;
}

ImageFinder::Found ImageFinder::find(const SourceRows& rows, size_t row) const {
  Found first;
  for (const auto& rule : rules_) {
    const auto name = rule.value(rows, row);
    if (name.empty()) continue;
    require_below_root(name, "image");
    if (const auto found = locate(name)) return {*found, true};
    if (first.image.empty()) first.image = name;
  }
  require(!first.image.empty(), "the image's path is blank");
  return first;
}

}  // namespace medgraft::data
