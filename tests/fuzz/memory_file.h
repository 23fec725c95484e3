#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "medgraft/base/error.h"

namespace medgraft::fuzz {

/// A file that holds `bytes` and lives in memory alone, for readers that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes)
      : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    MEDGRAFT_CHECK(descriptor_ >= 0, "memfd");
    const auto written = write(descriptor_, bytes.data(), bytes.size());
    MEDGRAFT_CHECK(written == static_cast<ssize_t>(bytes.size()), "memfd");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return text("/proc/self/fd/", descriptor_); }

 private:
  int descriptor_;
};

}  // namespace medgraft::fuzz
