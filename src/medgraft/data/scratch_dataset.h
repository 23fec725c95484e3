#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::data {

/// For tests: a folder that is gone at the end of the test.
class ScratchDataset {
 public:
  ScratchDataset()
      : path_(std::filesystem::temp_directory_path() /
              text("medgraft-data-", getpid(), "-", next_++)) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchDataset() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  /// Writes dataset.toml and manifest.csv. @return the folder.
  const std::filesystem::path& write(const std::string& info,
                                     const std::string& manifest) {
    write_file_atomically(path_ / "dataset.toml", info);
    write_file_atomically(path_ / "manifest.csv", manifest);
    return path_;
  }

 private:
  static inline int next_ = 0;
  std::filesystem::path path_;
};

/// @return the message of the UserError that `action` throws, or an empty text.
template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace medgraft::data
