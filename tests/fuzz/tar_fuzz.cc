#include <cstdio>
#include <cstring>
#include <string>

#include "fuzz/memory_file.h"
#include "fuzz/targets.h"
#include "medgraft/data/container/tar.h"

namespace medgraft::fuzz {
namespace {

// Source: POSIX.1-2017, pax, "ustar Interchange Format".
constexpr size_t kBlock = 512, kSumAt = 148, kSumSize = 8, kMagicAt = 257;

// The same headers with the checksums that they should have: a changed byte would
// otherwise be refused before anything reads it.
std::string with_checksums(std::string file) {
  for (size_t at = 0; at + kBlock <= file.size(); at += kBlock) {
    if (std::memcmp(file.data() + at + kMagicAt, "ustar", 5) != 0) continue;
    file.replace(at + kSumAt, kSumSize, kSumSize, ' ');
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(file[at + i]);
    std::snprintf(file.data() + at + kSumAt, kSumSize, "%06o", sum);
  }
  return file;
}

void check_tar(std::string_view bytes) {
  const MemoryFile file(bytes);
  try {
    const data::TarFile tar(file.path());
    for (const auto& member : tar.members()) {
      auto content = tar.read(member);
      MEDGRAFT_CHECK(!content || content.value().size() <= bytes.size(), member);
    }
  } catch (const UserError&) {
  }
}

}  // namespace

void fuzz_tar(std::string_view bytes) {
  check_tar(bytes);
  check_tar(with_checksums(std::string(bytes)));
}

}  // namespace medgraft::fuzz
