#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "medgraft/base/result.h"

namespace medgraft::data {

/// The members of an uncompressed tar (ustar, GNU, pax), found once, then read at random
/// by any number of threads.
class TarFile {
 public:
  /// @throws UserError naming the file where it is not a readable, uncompressed tar.
  explicit TarFile(const std::filesystem::path& path);
  ~TarFile();
  TarFile(const TarFile&) = delete;
  TarFile& operator=(const TarFile&) = delete;

  Result<std::vector<std::byte>> read(const std::string& member) const;
  /// @return the names of all plain files, in the archive's order.
  const std::vector<std::string>& members() const { return names_; }

 private:
  struct Place {
    int64_t offset, size;
  };
  void index();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::vector<std::string> names_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace medgraft::data
