#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <regex>
#include <string_view>

#include "medgraft/base/error.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLongestPattern = 1000;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// @return the split that a folder's name stands for, or an empty text.
std::string split_of(const std::string& folder) {
  const auto name = lower(folder);
  if (name == "train" || name == "training") return "train";
  if (name == "val" || name == "valid" || name == "validation" || name == "dev")
    return "val";
  if (name == "test" || name == "testing") return "test";
  return "";
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto hidden = entry.path().filename().string().starts_with(".");
    if (entry.is_directory() && !hidden) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool has_images(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && has_image_name(entry.path())) return true;
  }
  return false;
}

// The folder of splits or classes: `root`, or the only folder in it where that one has
// folders of its own and no images.
fs::path find_base(fs::path root) {
  for (;;) {
    const auto folders = folders_in(root);
    if (folders.size() != 1 || has_images(root)) return root;
    const auto& only = folders.front();
    if (has_images(only) || !split_of(only.filename().string()).empty() ||
        folders_in(only).empty()) {
      return root;
    }
    root = only;
  }
}

// The first of `names` that is a folder below `root` or a folder in it.
fs::path named_base(const std::vector<std::string>& names, const fs::path& root) {
  for (const auto& name : names) {
    require_below_root(name, "folders.base");
    if (const auto found = find_below(root, {name})) return found->path;
  }
  return find_base(root);
}

class FolderReader {
 public:
  FolderReader(const Recipe& recipe, const fs::path& base) : base_(base) {
    for (const auto& pattern : recipe.folders.exclude) {
      require(pattern.size() <= kLongestPattern,
              "folders.exclude: a pattern is longer than ", kLongestPattern,
              " characters");
      try {
        exclude_.emplace_back(pattern);
      } catch (const std::regex_error&) {
        throw UserError(
            text("folders.exclude: \"", pattern, "\" is not a regular expression"));
      }
    }
    takes_flat_splits_ = recipe.folders.takes_flat_splits;
    for (const auto* name : {"path", "file", "stem", "class", "split"}) {
      rows_.add_field(name);
    }
  }

  SourceRows read() {
    for (const auto& folder : folders_in(base_)) {
      const auto split = split_of(folder.filename().string());
      if (split.empty()) {
        read_class(folder, "");
      } else {
        for (const auto& below : folders_in(folder)) read_class(below, split);
        if (takes_flat_splits_) read_flat(folder, split);
      }
    }
    return std::move(rows_);
  }

 private:
  void read_class(const fs::path& folder, const std::string& split) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || !has_image_name(entry.path())) continue;
      files.push_back(entry.path().lexically_relative(base_).generic_string());
    }
    add(std::move(files), folder.filename().string(), split);
  }

  void read_flat(const fs::path& folder, const std::string& split) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!entry.is_regular_file() || !has_image_name(entry.path())) continue;
      files.push_back(entry.path().lexically_relative(base_).generic_string());
    }
    add(std::move(files), "", split);
  }

  void add(std::vector<std::string> files, const std::string& name,
           const std::string& split) {
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      if (is_excluded(file)) continue;
      const fs::path path(file);
      const auto row = rows_.add_row("", 0);
      rows_.set(row, 0, file);
      rows_.set(row, 1, path.filename().string());
      rows_.set(row, 2, path.stem().string());
      rows_.set(row, 3, name);
      rows_.set(row, 4, split);
    }
  }

  bool is_excluded(const std::string& file) const {
    return std::any_of(exclude_.begin(), exclude_.end(), [&](const std::regex& pattern) {
      return std::regex_search(file, pattern);
    });
  }

  fs::path base_;
  std::vector<std::regex> exclude_;
  bool takes_flat_splits_ = false;
  SourceRows rows_;
};

bool starts_like_dicom(const fs::path& path) {
  constexpr size_t kPreamble = 128;
  std::array<char, kPreamble + 4> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  return file && std::string_view(start.data() + kPreamble, 4) == "DICM";
}

}  // namespace

bool has_image_name(const fs::path& path) {
  const auto extension = lower(path.extension().string());
  // A DICOMDIR lists files, and is none of them.
  if (extension.empty() && path.filename() != "DICOMDIR") return starts_like_dicom(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" ||
         extension == ".dcm" || extension == ".dicom";
}

Source read_folders(const Recipe& recipe, const fs::path& root) {
  Source source;
  source.root = named_base(recipe.folders.base, root);
  source.name = source.root.filename().string();
  source.rows = FolderReader(recipe, source.root).read();
  require(source.rows.size() > 0,
          "no class folders with PNG, JPEG or DICOM images below ", root.string(),
          "; the recipe expects ", recipe.tree);
  return source;
}

}  // namespace medgraft::data
