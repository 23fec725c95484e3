#include "medgraft/image/decode/dicom_codestream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "medgraft/base/error.h"

namespace medgraft::image {
namespace {

using Bytes = std::span<const std::byte>;

struct Damage {
  std::string reason;
};

// Codestreams are big endian.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size() - place_; }
  Bytes rest() const { return bytes_.subspan(place_); }
  Bytes take(size_t count) {
    if (count > left()) throw Damage{"the compressed frame is cut off in its header"};
    place_ += count;
    return bytes_.subspan(place_ - count, count);
  }
  int64_t read8() { return std::to_integer<int64_t>(take(1)[0]); }
  int64_t read16() {
    const int64_t high = read8();
    return high << 8 | read8();
  }
  int64_t read32() {
    const int64_t high = read16();
    return high << 16 | read16();
  }

 private:
  Bytes bytes_;
  size_t place_ = 0;
};

constexpr int64_t kStartOfImage = 0xD8, kStartOfScan = 0xDA, kComment = 0xFE;
constexpr int64_t kApp0 = 0xE0, kApp14 = 0xEE, kApp15 = 0xEF;
constexpr int64_t kLosslessHuffman = 0xC3, kJpegLsFrame = 0xF7;

bool is_frame_header(int64_t marker) {
  const bool is_other = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
  return (marker >= 0xC0 && marker <= 0xCF && !is_other) || marker == kJpegLsFrame;
}

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

int64_t read_marker(Reader& at) {
  if (at.read8() != 0xFF) throw Damage{"damaged header of the compressed frame"};
  int64_t marker = 0xFF;
  while (marker == 0xFF) marker = at.read8();  // Fill bytes are allowed.
  return marker;
}

// Source: T.81, B.2.2.
void read_frame_header(int64_t marker, Bytes segment, Codestream& found) {
  using enum Codestream::Family;
  found.family = marker == kJpegLsFrame       ? kJpegLs
                 : marker == kLosslessHuffman ? kLosslessJpeg
                                              : kJpeg;
  // The rest is differential or arithmetic, which no DICOM transfer syntax in use is.
  const bool is_known = marker <= kLosslessHuffman || marker == kJpegLsFrame;
  if (!is_known) throw Damage{"an arithmetic or hierarchical JPEG is not read"};
  Reader at(segment);
  found.precision = at.read8();
  found.height = at.read16();
  found.width = at.read16();
  found.components = at.read8();
  std::string names;
  for (int64_t i = 0; i < found.components; ++i) {
    names += static_cast<char>(at.read8());
    const auto sampling = at.read8();
    const auto horizontal = sampling >> 4, vertical = sampling & 15;
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
      throw Damage{"damaged frame header of the compressed frame"};
    }
    at.read8();
  }
  if (names == "RGB" || names == "rgb") found.says_rgb = true;
}

// Source: Adobe technical note 5116, section 18; JFIF 1.02.
void read_application_segment(int64_t marker, Bytes segment, Codestream& found) {
  constexpr size_t kTransform = 11;
  if (marker == kApp0 && starts_with(segment, "JFIF")) found.says_ybr = true;
  if (marker == kApp14 && starts_with(segment, "Adobe") && segment.size() > kTransform) {
    found.says_rgb = segment[kTransform] == std::byte{0};
    found.says_ybr = !found.says_rgb;
  }
}

void append(std::vector<std::byte>& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_marker(std::vector<std::byte>& out, int64_t marker) {
  out.push_back(std::byte{0xFF});
  out.push_back(static_cast<std::byte>(marker));
}

Codestream read_jpeg(Bytes frame) {
  Reader at(frame);
  Codestream found;
  if (read_marker(at) != kStartOfImage) throw Damage{"the frame is not a JPEG"};
  append_marker(found.bytes, kStartOfImage);
  for (;;) {
    const auto marker = read_marker(at);
    const auto length = at.read16();
    if (length < 2) throw Damage{"damaged header of the compressed frame"};
    const auto segment = at.take(static_cast<size_t>(length - 2));
    if (marker >= kApp0 && marker <= kApp15) {
      read_application_segment(marker, segment, found);
      // In JPEG-LS, application segment 8 may name a colour transform that is undone.
      if (found.family != Codestream::Family::kJpegLs) continue;
    }
    if (marker == kComment) continue;
    if (is_frame_header(marker)) {
      if (found.components != 0) throw Damage{"a JPEG of several frames is not read"};
      read_frame_header(marker, segment, found);
    }
    append_marker(found.bytes, marker);
    const std::array<std::byte, 2> size = {static_cast<std::byte>(length >> 8),
                                           static_cast<std::byte>(length & 0xFF)};
    append(found.bytes, size);
    append(found.bytes, segment);
    if (marker == kStartOfScan) break;
  }
  if (found.components == 0) throw Damage{"the JPEG has no frame header"};
  append(found.bytes, at.rest());
  return found;
}

// Source: T.800, A.5.1.
Codestream read_jpeg2000(Bytes frame) {
  constexpr std::array<std::byte, 4> kStart = {std::byte{0xFF}, std::byte{0x4F},
                                               std::byte{0xFF}, std::byte{0x51}};
  const auto start =
      std::search(frame.begin(), frame.end(), kStart.begin(), kStart.end());
  if (start == frame.end()) throw Damage{"the frame is not a JPEG 2000 codestream"};
  const auto code = frame.subspan(static_cast<size_t>(start - frame.begin()));
  Reader at(code.subspan(kStart.size()));
  at.read16();
  at.read16();
  Codestream found;
  found.family = Codestream::Family::kJpeg2000;
  found.width = at.read32();
  found.height = at.read32();
  found.width -= at.read32();
  found.height -= at.read32();
  at.take(16);  // Tiles: their size and where they start.
  found.components = at.read16();
  if (found.components != 1 && found.components != 3) {
    throw Damage{text("a JPEG 2000 of ", found.components, " components is not read")};
  }
  for (int64_t i = 0; i < found.components; ++i) {
    const auto depth = at.read8();
    const auto horizontal = at.read8(), vertical = at.read8();
    const bool is_signed = depth >> 7 != 0;
    const int64_t precision = (depth & 0x7F) + 1;
    const bool differs =
        i > 0 && (precision != found.precision || is_signed != found.is_signed);
    if (horizontal != 1 || vertical != 1 || differs) {
      throw Damage{"a JPEG 2000 whose components differ is not read"};
    }
    found.precision = precision;
    found.is_signed = is_signed;
  }
  found.bytes.assign(code.begin(), code.end());
  return found;
}

}  // namespace

Result<Codestream> read_jpeg_codestream(Bytes frame) try {
  return read_jpeg(frame);
} catch (const Damage& damage) {
  return Failure{damage.reason};
}

Result<Codestream> read_jpeg2000_codestream(Bytes frame) try {
  return read_jpeg2000(frame);
} catch (const Damage& damage) {
  return Failure{damage.reason};
}

}  // namespace medgraft::image
