#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace medgraft {

/// Reads a file that may be compressed with gzip (told by its first bytes, not by its
/// name); several gzip members one after another are one text.
/// @throws UserError if it cannot be read, is damaged or cut off, or is longer than
/// `limit` bytes once inflated.
std::string read_file_inflated(const std::filesystem::path& path,
                               size_t limit = size_t{8} << 30);

}  // namespace medgraft
