#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace medgraft {

/// Writes a file that is either the old one or the whole new one, whenever the process or
/// the machine stops: temporary file in the same folder, fsync, rename, fsync of the
/// folder.
/// @throws UserError naming the path where the disk is full or the folder not writable.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// The same for content that is written piece by piece. Discards the temporary file
/// unless commit() was called.
class AtomicFile {
 public:
  /// @param mode permission bits of the new file.
  explicit AtomicFile(std::filesystem::path path, unsigned mode = 0644);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

/// Flushes a folder's entries to the disk.
void sync_folder(const std::filesystem::path& folder);

/// @return the whole file. @throws UserError if it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Creates `folder` for a command's output.
/// @throws UserError if it exists and is not empty (unless `force`), or cannot be made.
void create_output_folder(const std::filesystem::path& folder, bool force);

}  // namespace medgraft
