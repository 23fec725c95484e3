#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace medgraft::data {

/// Writes an uncompressed tar (ustar), whole or not at all; the same members give the
/// same bytes.
class TarWriter {
 public:
  /// @throws UserError if the file cannot be written, as add() and commit() do.
  explicit TarWriter(std::filesystem::path path);
  ~TarWriter();

  void add(std::string_view name, std::string_view content);
  /// Gives the file its name. Without, nothing is left of it.
  void commit();

  /// @return how large the file would be if it were committed now.
  int64_t num_bytes() const;
  /// @return by how much a member of this size makes it longer.
  static int64_t bytes_of_member(int64_t content_bytes);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace medgraft::data
