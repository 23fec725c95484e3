#include "medgraft/image/decode/dicom_elements.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <utility>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::image {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kUndefined = 0xFFFFFFFF;
constexpr uint32_t kItem = 0xFFFEE000;
constexpr uint32_t kItemEnd = 0xFFFEE00D;
constexpr uint32_t kSequenceEnd = 0xFFFEE0DD;
constexpr uint32_t kTransferSyntaxUid = 0x00020010;
constexpr std::string_view kImplicitLittleEndian = "1.2.840.10008.1.2";
constexpr std::string_view kExplicitLittleEndian = "1.2.840.10008.1.2.1";
constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr std::string_view kExplicitBigEndian = "1.2.840.10008.1.2.2";
constexpr int kMaximumDepth = 32;
// Real files, enhanced ones with thousands of frames included, stay far below.
constexpr size_t kMaximumElements = size_t{1} << 21;
constexpr size_t kMaximumInflated = size_t{1} << 30;
constexpr size_t kPreamble = 128;

constexpr std::string_view kShortVrs =
    "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US ";
constexpr std::string_view kLongVrs = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";

// What a walk over damaged bytes leaves by; it never passes this file.
struct Damage {
  std::string reason;
};

bool is_listed(std::string_view vr, std::string_view list) {
  for (size_t i = 0; i + 2 < list.size(); i += 3) {
    if (list.substr(i, 2) == vr) return true;
  }
  return false;
}

std::string name_of(uint32_t tag) {
  char name[16];
  std::snprintf(name, sizeof name, "(%04X,%04X)", tag >> 16, tag & 0xFFFF);
  return name;
}

template <class Number>
Number number_at(const std::byte* at, bool is_big_endian) {
  std::array<std::byte, sizeof(Number)> bytes;
  std::memcpy(bytes.data(), at, sizeof(Number));
  if (is_big_endian) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<Number>(bytes);
}

/// A place in bytes that never leaves them.
class Cursor {
 public:
  Cursor(Bytes bytes, DicomEncoding encoding) : bytes_(bytes), encoding_(encoding) {}

  size_t place() const { return place_; }
  size_t left() const { return bytes_.size() - place_; }
  bool at_end() const { return left() == 0; }
  const DicomEncoding& encoding() const { return encoding_; }
  void set_encoding(DicomEncoding encoding) { encoding_ = encoding; }
  Bytes from(size_t start) const { return bytes_.subspan(start, place_ - start); }

  uint16_t read16() { return number_at<uint16_t>(take(2).data(), is_big()); }
  uint32_t read32() { return number_at<uint32_t>(take(4).data(), is_big()); }
  uint32_t read_tag() {
    const uint32_t group = read16();
    return group << 16 | read16();
  }
  std::string read_vr() {
    const auto at = take(2);
    return {static_cast<char>(at[0]), static_cast<char>(at[1])};
  }
  Bytes take(size_t count) {
    if (count > left()) throw Damage{"the file ends within a data element"};
    place_ += count;
    return bytes_.subspan(place_ - count, count);
  }

 private:
  bool is_big() const { return encoding_.is_big_endian; }
  Bytes bytes_;
  DicomEncoding encoding_;
  size_t place_ = 0;
};

struct ElementHead {
  uint32_t tag = 0;
  std::string vr;
  uint32_t length = 0;
};

ElementHead read_head(Cursor& at) {
  ElementHead head;
  head.tag = at.read_tag();
  // Items and their ends have no VR in any encoding.
  if (!at.encoding().is_explicit || head.tag >> 16 == 0xFFFE) {
    head.length = at.read32();
    return head;
  }
  head.vr = at.read_vr();
  if (is_listed(head.vr, kLongVrs)) {
    at.read16();
    head.length = at.read32();
  } else {
    head.length = at.read16();
  }
  return head;
}

bool is_pixel_data(uint32_t tag) {
  return tag == kPixelData || tag == kFloatPixelData || tag == kDoublePixelData;
}

void skip_items(Cursor& at, int depth);

// Source: PS3.5, 6.2.2, note 2: a value of VR UN without length holds implicit elements.
DicomEncoding encoding_within(const ElementHead& head, DicomEncoding outer) {
  const bool is_unknown = head.vr == "UN" && head.length == kUndefined;
  return is_unknown ? DicomEncoding{false, false} : outer;
}

DicomElement read_value(Cursor& at, const ElementHead& head, int depth) {
  const auto outer = at.encoding();
  DicomElement element{head.tag, head.vr, {}, encoding_within(head, outer), false};
  if (head.length != kUndefined) {
    if (head.length > at.left()) {
      throw Damage{text("the file is cut off: ", name_of(head.tag), " states ",
                        head.length, " bytes and ", at.left(), " are left")};
    }
    element.value = at.take(head.length);
    return element;
  }
  element.has_undefined_length = true;
  const auto start = at.place();
  at.set_encoding(element.encoding);
  skip_items(at, depth);
  at.set_encoding(outer);
  element.value = at.from(start);
  return element;
}

// From behind the head of a sequence without length to behind its end.
void skip_items(Cursor& at, int depth) {
  if (depth > kMaximumDepth) throw Damage{"sequences nest too deeply"};
  for (;;) {
    const auto item = read_head(at);
    if (item.tag == kSequenceEnd) return;
    if (item.tag != kItem) throw Damage{"damaged sequence"};
    if (item.length != kUndefined) {
      at.take(item.length);
      continue;
    }
    for (auto head = read_head(at); head.tag != kItemEnd; head = read_head(at)) {
      read_value(at, head, depth + 1);
    }
  }
}

void append(DicomDataSet& data, DicomElement element) {
  if (data.elements.size() == kMaximumElements) throw Damage{"too many data elements"};
  data.elements.push_back(std::move(element));
}

DicomDataSet read_item(Cursor& at, uint32_t length) {
  DicomDataSet item;
  if (length != kUndefined) {
    Cursor inside(at.take(length), at.encoding());
    while (!inside.at_end()) append(item, read_value(inside, read_head(inside), 0));
    return item;
  }
  for (auto head = read_head(at); head.tag != kItemEnd; head = read_head(at)) {
    append(item, read_value(at, head, 0));
  }
  return item;
}

// @return the elements from here to the pixel data.
DicomDataSet read_data_set(Cursor& at, bool with_pixels) {
  DicomDataSet data;
  while (!at.at_end()) {
    // Behind the last element some writers leave a byte or a few of padding.
    if (at.left() < 8) break;
    const auto head = read_head(at);
    if (!with_pixels && is_pixel_data(head.tag)) break;
    append(data, read_value(at, head, 0));
    if (is_pixel_data(head.tag)) break;
  }
  return data;
}

bool has_preamble(Bytes file) {
  return file.size() >= kPreamble + 4 &&
         std::memcmp(file.data() + kPreamble, "DICM", 4) == 0;
}

bool starts_with_known_vr(Bytes bytes) {
  const std::string vr{static_cast<char>(bytes[4]), static_cast<char>(bytes[5])};
  return is_listed(vr, kShortVrs) || is_listed(vr, kLongVrs);
}

// For files that do not state it: the first element's tag gives the byte order (groups
// are small numbers), its fifth and sixth byte are letters where VRs are written.
DicomEncoding guess_encoding(Bytes data) {
  if (data.size() < 8) return {};
  const bool is_big_endian = data[0] == std::byte{0} && data[1] != std::byte{0};
  return {starts_with_known_vr(data), is_big_endian};
}

// Some files are written in the other form than they state; the first element tells.
bool is_explicit(Bytes data, bool stated) {
  constexpr size_t kHead = 8;
  if (data.size() < kHead) return stated;
  if (starts_with_known_vr(data)) return true;
  const bool is_short =
      number_at<uint32_t>(data.data() + 4, false) <= data.size() - kHead;
  return stated && !is_short;
}

// @return what the meta header (always explicit, little endian) states; "" if nothing.
std::string read_meta_header(Cursor& at) {
  DicomDataSet meta;
  for (;;) {
    auto peek = at;
    if (peek.left() < 8 || peek.read_tag() >> 16 != 2) break;
    append(meta, read_value(at, read_head(at), 0));
  }
  return meta.text(kTransferSyntaxUid);
}

std::string syntax_of(DicomEncoding guessed) {
  if (guessed.is_big_endian) return std::string(kExplicitBigEndian);
  return std::string(guessed.is_explicit ? kExplicitLittleEndian : kImplicitLittleEndian);
}

DicomFile read_file(Bytes file, bool with_pixels) {
  Cursor at(has_preamble(file) ? file.subspan(kPreamble + 4) : file, {});
  DicomFile found;
  found.transfer_syntax = read_meta_header(at);
  auto data = at.take(at.left());
  if (found.transfer_syntax.empty())
    found.transfer_syntax = syntax_of(guess_encoding(data));
  if (found.transfer_syntax == kDeflated) {
    auto inflated = inflate_bytes(data, kMaximumInflated);
    if (!inflated) throw Damage{inflated.error().reason};
    found.inflated = std::move(inflated.value());
    data = found.inflated;
  }
  const bool is_big_endian = found.transfer_syntax == kExplicitBigEndian;
  const bool is_stated = found.transfer_syntax != kImplicitLittleEndian;
  Cursor elements(data, {is_big_endian || is_explicit(data, is_stated), is_big_endian});
  found.data = read_data_set(elements, with_pixels);
  return found;
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kPadding(" \0\t\r\n", 5);
  const auto first = text.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kPadding) - first + 1);
}

template <class Number>
std::vector<double> binary_numbers(const DicomElement& element) {
  std::vector<double> numbers(element.value.size() / sizeof(Number));
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<double>(number_at<Number>(
        element.value.data() + i * sizeof(Number), element.encoding.is_big_endian));
  }
  return numbers;
}

std::vector<double> decimal_numbers(const DicomElement& element) {
  std::vector<double> numbers;
  auto rest = as_text(element.value);
  for (;;) {
    const auto end = rest.find('\\');
    const auto number = parse_double(trimmed(rest.substr(0, end)));
    if (number) numbers.push_back(*number);
    if (end == std::string_view::npos) return numbers;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

std::vector<double> numbers_of(const DicomElement& element, std::string_view vr) {
  const bool states_type = !element.vr.empty() && element.vr != "UN" &&
                           element.vr != "OB" && element.vr != "OW";
  if (states_type) vr = element.vr;
  if (vr == "US") return binary_numbers<uint16_t>(element);
  if (vr == "SS") return binary_numbers<int16_t>(element);
  if (vr == "UL") return binary_numbers<uint32_t>(element);
  if (vr == "SL") return binary_numbers<int32_t>(element);
  if (vr == "FL" || vr == "OF") return binary_numbers<float>(element);
  if (vr == "FD" || vr == "OD") return binary_numbers<double>(element);
  if (vr == "UV") return binary_numbers<uint64_t>(element);
  if (vr == "SV") return binary_numbers<int64_t>(element);
  if (vr == "DS" || vr == "IS") return decimal_numbers(element);
  return {};
}

const DicomElement* DicomDataSet::find(uint32_t tag) const {
  for (const auto& element : elements) {
    if (element.tag == tag && !element.value.empty()) return &element;
  }
  return nullptr;
}

std::string DicomDataSet::text(uint32_t tag) const {
  const auto* element = find(tag);
  return element ? std::string(trimmed(as_text(element->value))) : "";
}

std::vector<double> DicomDataSet::numbers(uint32_t tag, std::string_view vr) const {
  const auto* element = find(tag);
  return element ? numbers_of(*element, vr) : std::vector<double>{};
}

double DicomDataSet::number(uint32_t tag, std::string_view vr, double otherwise) const {
  const auto found = numbers(tag, vr);
  return found.empty() ? otherwise : found[0];
}

std::vector<DicomDataSet> DicomDataSet::items(uint32_t tag) const {
  const auto* sequence = find(tag);
  if (!sequence) return {};
  auto found = read_items(*sequence);
  return found ? std::move(found.value()) : std::vector<DicomDataSet>{};
}

Result<std::vector<DicomDataSet>> read_items(const DicomElement& sequence) try {
  std::vector<DicomDataSet> items;
  Cursor at(sequence.value, sequence.encoding);
  while (!at.at_end()) {
    const auto head = read_head(at);
    if (head.tag == kSequenceEnd) break;
    if (head.tag != kItem) throw Damage{"damaged sequence"};
    items.push_back(read_item(at, head.length));
  }
  return items;
} catch (const Damage& damage) {
  return Failure{damage.reason};
}

Result<std::vector<Bytes>> read_fragments(const DicomElement& pixels) try {
  std::vector<Bytes> fragments;
  Cursor at(pixels.value, pixels.encoding);
  for (;;) {
    const auto head = read_head(at);
    if (head.tag == kSequenceEnd) return fragments;
    if (head.tag != kItem) throw Damage{"damaged sequence of pixel data fragments"};
    fragments.push_back(at.take(head.length));
  }
} catch (const Damage& damage) {
  return Failure{damage.reason};
}

Result<DicomFile> read_dicom_elements(Bytes file, bool with_pixels) try {
  return read_file(file, with_pixels);
} catch (const Damage& damage) {
  return Failure{damage.reason};
}

Result<std::vector<std::byte>> inflate_bytes(Bytes deflated, size_t limit) {
  constexpr int kRaw = -MAX_WBITS;
  constexpr size_t kStep = size_t{1} << 20;
  z_stream stream{};
  if (inflateInit2(&stream, kRaw) != Z_OK) return Failure{"zlib does not start"};
  struct End {
    z_stream* stream;
    ~End() { inflateEnd(stream); }
  } const end{&stream};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  std::vector<std::byte> out;
  int status = Z_OK;
  while (status == Z_OK) {
    const auto done = out.size();
    if (done >= limit) return Failure{text("inflates to more than ", limit, " bytes")};
    out.resize(std::min(limit, done + std::max(done, kStep)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = static_cast<uInt>(out.size() - done);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  if (status != Z_STREAM_END) return Failure{"damaged deflated data"};
  return out;
}

}  // namespace medgraft::image
