#include "medgraft/data/container/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>

#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

constexpr size_t kBlock = size_t{1} << 16;
constexpr size_t kMaximumMembers = std::numeric_limits<uint32_t>::max();

}  // namespace

TarFile::TarFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  require(descriptor_ >= 0, "cannot read ", path.string(), ": ", std::strerror(errno));
  try {
    index();
    sort_index();
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
    std::string_view member = name;
    if (member.starts_with("./")) member.remove_prefix(2);
    require(places_.size() < kMaximumMembers, path_.string(), " has more than ",
            kMaximumMembers, " members");
    places_.push_back({names_.size(), offset, size});
    names_.append(member) += '\0';
  }
}

void TarFile::sort_index() {
  by_name_.resize(places_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  const auto name = [&](uint32_t i) { return name_of(places_[i]); };
  std::sort(by_name_.begin(), by_name_.end(), [&](uint32_t a, uint32_t b) {
    return name(a) != name(b) ? name(a) < name(b) : a > b;
  });
  const auto same = [&](uint32_t a, uint32_t b) { return name(a) == name(b); };
  by_name_.erase(std::unique(by_name_.begin(), by_name_.end(), same), by_name_.end());
}

std::vector<std::string> TarFile::members() const {
  auto order = by_name_;
  std::sort(order.begin(), order.end());
  std::vector<std::string> members;
  for (const uint32_t i : order) members.emplace_back(name_of(places_[i]));
  return members;
}

Result<std::vector<std::byte>> TarFile::read(const std::string& member) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), std::string_view(member),
      [&](uint32_t i, std::string_view name) { return name_of(places_[i]) < name; });
  if (found == by_name_.end() || name_of(places_[*found]) != member) {
    return Failure{text("the tar has no such member")};
  }
  const auto& place = places_[*found];
  std::vector<std::byte> bytes(static_cast<size_t>(place.size));
  size_t done = 0;
  while (done < bytes.size()) {
    const auto got = pread(descriptor_, bytes.data() + done, bytes.size() - done,
                           place.offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{std::strerror(errno)};
    if (got == 0) return Failure{"the tar ends early"};
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace medgraft::data
