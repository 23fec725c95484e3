#include "medgraft/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "medgraft/base/error.h"

namespace medgraft {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const fs::path& path) {
  throw UserError(text("cannot write ", path.string(), ": ", std::strerror(errno)));
}

}  // namespace

AtomicFile::AtomicFile(fs::path path, unsigned mode)
    : path_(std::move(path)),
      temporary_(text(path_.string(), ".", getpid(), ".tmp")),
      descriptor_(
          open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)) {
  if (descriptor_ < 0) refuse(path_);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse(path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) refuse(path_);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) refuse(path_);
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) refuse(folder);
  // Some network file systems cannot sync a folder; the rename itself is still atomic.
  const int status = fsync(descriptor);
  close(descriptor);
  if (status != 0 && errno != EINVAL && errno != EROFS) refuse(folder);
}

std::string read_file(const fs::path& path) {
  std::error_code status;
  require(!fs::is_directory(path, status), path.string(), " is a folder, not a file");
  std::ifstream file(path, std::ios::binary);
  require(file.is_open(), "cannot read ", path.string(), ": ", std::strerror(errno));
  std::ostringstream content;
  content << file.rdbuf();
  require(!file.bad(), "cannot read ", path.string(), " to its end");
  return std::move(content).str();
}

void create_output_folder(const fs::path& folder, bool force) {
  std::error_code status;
  if (fs::exists(folder, status)) {
    require(fs::is_directory(folder), folder.string(), " exists and is not a folder");
    require(force || fs::is_empty(folder), folder.string(),
            " exists and is not empty; choose another --out, or pass --force to write "
            "into it");
  }
  fs::create_directories(folder, status);
  require(!status, "cannot create ", folder.string(), ": ", status.message());
  require(access(folder.c_str(), W_OK) == 0, "no permission to write into ",
          folder.string());
}

}  // namespace medgraft
