#include "medgraft/data/container/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

constexpr size_t kBlock = size_t{1} << 16;

}  // namespace

TarFile::TarFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  require(descriptor_ >= 0, "cannot read ", path.string(), ": ", std::strerror(errno));
  try {
    index();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

TarFile::~TarFile() { close(descriptor_); }

void TarFile::index() {
  struct stat status {};
  require(fstat(descriptor_, &status) == 0, "cannot read ", path_.string());
  const std::unique_ptr<archive, ArchiveCloser> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  const auto fail = [&] {
    const char* why = archive_error_string(reader.get());
    throw UserError(text(path_.string(), " is not a readable uncompressed tar",
                         why ? text(": ", why) : ""));
  };
  if (archive_read_open_filename(reader.get(), path_.c_str(), kBlock) != ARCHIVE_OK)
    fail();
  archive_entry* entry = nullptr;
  for (;;) {
    const int code = archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) return;
    if (code < ARCHIVE_WARN) fail();
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        archive_entry_sparse_count(entry) > 0) {
      continue;
    }
    const char* name = archive_entry_pathname(entry);
    const int64_t offset = archive_filter_bytes(reader.get(), 0);
    const int64_t size = archive_entry_size(entry);
    if (!name || size > status.st_size - offset) continue;  // Cut off: not to be had.
    std::string member = name;
    if (member.starts_with("./")) member.erase(0, 2);
    if (places_.insert_or_assign(member, Place{offset, size}).second) {
      names_.push_back(member);
    }
  }
}

Result<std::vector<std::byte>> TarFile::read(const std::string& member) const {
  const auto found = places_.find(member);
  if (found == places_.end()) return Failure{text("the tar has no such member")};
  std::vector<std::byte> bytes(static_cast<size_t>(found->second.size));
  size_t done = 0;
  while (done < bytes.size()) {
    const auto got = pread(descriptor_, bytes.data() + done, bytes.size() - done,
                           found->second.offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{std::strerror(errno)};
    if (got == 0) return Failure{"the tar ends early"};
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace medgraft::data
