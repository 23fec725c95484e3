#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace medgraft {

/// SHA-256 fed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& update(std::string_view bytes);
  /// @return 64 lower-case hexadecimal digits. Call once.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view bytes);
/// @throws UserError if the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);
/// HMAC-SHA-256, hexadecimal: how an identifier is named where it must not appear.
std::string keyed_hash(std::string_view key, std::string_view message);

}  // namespace medgraft
