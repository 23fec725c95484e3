#include "medgraft/data/container/tar_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <utility>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::data {
namespace {

constexpr int64_t kBlock = 512;  // Of the format: headers and contents fill whole ones.
constexpr int64_t kEnd = 2 * kBlock;

struct EntryCloser {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct TarWriter::Implementation {
  AtomicFile file;
  archive* writer = archive_write_new();
  std::string error;  // Exceptions may not pass through libarchive.
  int64_t num_bytes = 0;

  explicit Implementation(std::filesystem::path path) : file(std::move(path)) {
    archive_write_set_format_ustar(writer);
    archive_write_set_bytes_per_block(writer, 0);  // Hands over what it has at once.
    check(archive_write_open(writer, this, nullptr, write, nullptr));
  }
  ~Implementation() { archive_write_free(writer); }

  static la_ssize_t write(archive*, void* self, const void* bytes, size_t size) {
    auto& writer = *static_cast<Implementation*>(self);
    try {
      writer.file.write({static_cast<const char*>(bytes), size});
    } catch (const UserError& error) {
      writer.error = error.what();
      return -1;
    }
    writer.num_bytes += static_cast<int64_t>(size);
    return static_cast<la_ssize_t>(size);
  }

  void check(la_ssize_t code) {
    if (!error.empty()) throw UserError(error);
    MEDGRAFT_CHECK(code >= ARCHIVE_WARN, "libarchive: ", archive_error_string(writer));
  }
};

TarWriter::TarWriter(std::filesystem::path path)
    : implementation_(std::make_unique<Implementation>(std::move(path))) {}
TarWriter::~TarWriter() = default;

void TarWriter::add(std::string_view name, std::string_view content) {
  auto& self = *implementation_;
  const std::unique_ptr<archive_entry, EntryCloser> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), std::string(name).c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  self.check(archive_write_header(self.writer, entry.get()));
  self.check(archive_write_data(self.writer, content.data(), content.size()));
  self.check(archive_write_finish_entry(self.writer));
}

void TarWriter::commit() {
  auto& self = *implementation_;
  self.check(archive_write_close(self.writer));
  self.file.commit();
}

int64_t TarWriter::num_bytes() const { return implementation_->num_bytes + kEnd; }

int64_t TarWriter::bytes_of_member(int64_t content_bytes) {
  return kBlock + (content_bytes + kBlock - 1) / kBlock * kBlock;
}

}  // namespace medgraft::data
