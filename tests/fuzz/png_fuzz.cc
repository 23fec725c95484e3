#include <zlib.h>

#include <string>

#include "fuzz/image_check.h"
#include "fuzz/targets.h"

namespace medgraft::fuzz {
namespace {

constexpr size_t kSignature = 8, kWord = 4;

// The same chunks with the checksums that they should have: a changed byte would
// otherwise be refused before anything reads it.
std::string with_checksums(std::string file) {
  size_t at = kSignature;
  while (at + 3 * kWord <= file.size()) {
    size_t length = 0;
    for (size_t i = 0; i < kWord; ++i) {
      length = length << 8 | static_cast<unsigned char>(file[at + i]);
    }
    if (length > file.size() - at - 3 * kWord) break;
    const auto* covered = reinterpret_cast<const Bytef*>(file.data()) + at + kWord;
    const auto sum = crc32(0, covered, static_cast<uInt>(length + kWord));
    at += 2 * kWord + length;
    for (size_t i = 0; i < kWord; ++i) {
      file[at + i] = static_cast<char>(sum >> (8 * (kWord - 1 - i)));
    }
    at += kWord;
  }
  return file;
}

}  // namespace

void fuzz_png(std::string_view bytes) {
  if (!image::is_png(as_bytes(bytes))) return;
  const auto mended = with_checksums(std::string(bytes));
  check_decoder(bytes);
  check_decoder(mended);
  check_sized_decode(mended);
}

}  // namespace medgraft::fuzz
