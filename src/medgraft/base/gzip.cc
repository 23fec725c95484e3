#include "medgraft/base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, gzip's wrapper only.

/// Ends zlib's state however the reading ends.
struct Inflater {
  z_stream stream{};
  Inflater() {
    MEDGRAFT_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK, "zlib cannot start");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

std::string read_file_inflated(const std::filesystem::path& path, size_t limit) {
  auto content = read_file(path);
  if (!content.starts_with("\x1f\x8b")) return content;
  Inflater inflater;
  auto& stream = inflater.stream;
  std::string out;
  size_t read = 0;
  // zlib counts in 32 bits, so both sides go in pieces.
  constexpr size_t kPiece = size_t{1} << 20;
  for (;;) {
    const auto given = std::min(kPiece, content.size() - read);
    stream.next_in = reinterpret_cast<Bytef*>(content.data() + read);
    stream.avail_in = static_cast<uInt>(given);
    const auto before = out.size();
    out.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(kPiece);
    const int status = inflate(&stream, Z_NO_FLUSH);
    read += given - stream.avail_in;
    out.resize(before + kPiece - stream.avail_out);
    require(out.size() <= limit, path.string(), " is longer than ", limit,
            " bytes once inflated");
    if (status == Z_STREAM_END) {
      const bool is_more = content.compare(read, 2, "\x1f\x8b") == 0;
      if (!is_more) return out;
      inflateReset(&stream);
      continue;
    }
    const bool goes_on =
        status == Z_OK || (status == Z_BUF_ERROR && read < content.size());
    require(goes_on, path.string(), " is a damaged gzip file");
    require(read < content.size() || stream.avail_out == 0, path.string(),
            " is a gzip file that is cut off");
  }
}

}  // namespace medgraft
