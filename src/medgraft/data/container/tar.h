#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/base/result.h"

namespace medgraft::data {

/// The members of an uncompressed tar (ustar, GNU, pax), found once, then read at random
/// by any number of threads. Holds their names and places, some 50 bytes a member.
class TarFile {
 public:
  /// @throws UserError naming the file where it is not a readable, uncompressed tar.
  explicit TarFile(const std::filesystem::path& path);
  ~TarFile();
  TarFile(const TarFile&) = delete;
  TarFile& operator=(const TarFile&) = delete;

  Result<std::vector<std::byte>> read(const std::string& member) const;
  /// @return the names of all plain files, in the archive's order.
  std::vector<std::string> members() const;

 private:
  struct Place {
    uint64_t name;  ///< Where it begins in names_.
    int64_t offset, size;
  };
  void index();
  void sort_index();
  std::string_view name_of(const Place& place) const { return &names_[place.name]; }

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string names_;              ///< Each ends with a zero.
  std::vector<Place> places_;      ///< In the archive's order.
  std::vector<uint32_t> by_name_;  ///< Of equal names the last alone.
};

}  // namespace medgraft::data
