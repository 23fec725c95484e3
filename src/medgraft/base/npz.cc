#include "medgraft/base/npz.h"

#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/nearest.h"
#include "medgraft/base/number.h"

namespace medgraft {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr int64_t kMaximumHeader = 1 << 16;
// Larger than any array in use, small enough that bytes cannot overflow int64.
constexpr int64_t kMaximumElements = int64_t{1} << 48;

struct FileCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Member = std::unique_ptr<zip_file_t, FileCloser>;

// @return the text between `key` and the next comma or closing brace of the header.
std::string header_value(const std::string& header, const std::string& key,
                         std::string_view until) {
  const auto at = header.find("'" + key + "'");
  const auto colon = header.find(':', at);
  if (at == std::string::npos || colon == std::string::npos) return "";
  const auto end = header.find_first_of(until, colon);
  auto value = header.substr(colon + 1, end - colon - 1);
  value.erase(std::remove(value.begin(), value.end(), ' '), value.end());
  return value;
}

std::vector<int64_t> parse_shape(const std::string& list, const std::string& where) {
  std::vector<int64_t> shape;
  int64_t elements = 1;
  size_t start = list.find('(') + 1;
  while (start < list.size()) {
    const auto end = std::min(list.find(',', start), list.size());
    const auto item = list.substr(start, end - start);
    start = end + 1;
    if (item.empty()) continue;
    const auto size = parse_integer(item);
    require(size && *size >= 0, where, ": shape ", list, ") is not a list of sizes");
    require(*size == 0 || elements <= kMaximumElements / std::max<int64_t>(*size, 1),
            where, ": shape ", list, ") is too large");
    elements *= *size;
    shape.push_back(*size);
  }
  return shape;
}

}  // namespace

int64_t NpyHeader::num_elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

struct NpzReader::Archive {
  zip_t* zip = nullptr;
  fs::path path;
  ~Archive() { zip_discard(zip); }

  Member open(const std::string& member) const {
    Member file(zip_fopen(zip, member.c_str(), 0));
    require(file != nullptr, path.string(), ": cannot read ", member, ": ",
            zip_strerror(zip));
    return file;
  }
  void read(const Member& file, std::span<std::byte> out,
            const std::string& member) const {
    size_t done = 0;
    while (done < out.size()) {
      const auto got = zip_fread(file.get(), out.data() + done, out.size() - done);
      require(got > 0, path.string(), ": ", member, " ends early or is damaged");
      done += static_cast<size_t>(got);
    }
  }

  // The sizes in a zip are claims: what is packed lies in the file, and deflate packs no
  // more than 258 bytes in two bits.
  void require_size(const zip_stat_t& stat, const std::string& where) const {
    constexpr uint64_t kMaximumDeflateRatio = 1032;
    const uint64_t packed = std::min<uint64_t>(stat.comp_size, fs::file_size(path));
    const bool is_stored = stat.comp_method == ZIP_CM_STORE;
    require(stat.size <= packed * (is_stored ? 1 : kMaximumDeflateRatio), where,
            " claims ", stat.size, " bytes, which its ", packed, " cannot hold");
  }

  NpyHeader read_header(const std::string& member, const zip_stat_t& stat) const {
    const auto where = text(path.string(), ": ", member);
    const uint64_t size = stat.size;
    require_size(stat, where);
    const auto file = open(member);
    std::byte start[12];
    require(size >= sizeof start, where, " is too short for an array");
    read(file, std::span(start).first(10), member);
    require(std::memcmp(start, kMagic.data(), kMagic.size()) == 0, where,
            " is not a NumPy array");
    const auto byte = [&](int i) { return std::to_integer<int64_t>(start[i]); };
    int64_t length = byte(8) | byte(9) << 8;
    int64_t offset = 10;
    if (byte(6) >= 2) {
      read(file, std::span(start).last(2), member);
      length |= byte(10) << 16 | byte(11) << 24;
      offset = 12;
    }
    require(length <= kMaximumHeader, where, " has a header of ", length, " bytes");
    std::string header(static_cast<size_t>(length), ' ');
    read(file, std::as_writable_bytes(std::span(header)), member);

    NpyHeader out;
    out.data_offset = offset + length;
    out.dtype = header_value(header, "descr", ",}");
    require(out.dtype.size() >= 4 && out.dtype.front() == '\'', where,
            " has element type ", out.dtype, "; plain numbers are accepted");
    out.dtype = out.dtype.substr(1, out.dtype.size() - 2);
    const auto item = parse_integer(std::string_view(out.dtype).substr(2));
    require(item && *item >= 1 && *item <= 16 &&
                std::string_view("biuf").find(out.dtype[1]) != std::string_view::npos &&
                out.dtype[0] != '>',
            where, " has element type ", out.dtype,
            "; little-endian numbers are accepted");
    out.item_size = *item;
    out.fortran_order = header_value(header, "fortran_order", ",}") == "True";
    out.shape = parse_shape(header_value(header, "shape", ")"), where);
    require(out.num_elements() <= kMaximumElements / out.item_size &&
                static_cast<uint64_t>(out.data_offset + out.num_bytes()) == size,
            where, ": the shape asks for ", out.num_bytes(), " bytes, the file has ",
            static_cast<int64_t>(size) - out.data_offset);
    return out;
  }
};

NpzReader::NpzReader(const fs::path& path)
    : path_(path), archive_(std::make_unique<Archive>()) {
  archive_->path = path;
  int code = 0;
  archive_->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (!archive_->zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw UserError(text("cannot read ", path.string(), " as npz: ", why));
  }
  const auto entries = zip_get_num_entries(archive_->zip, 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive_->zip, static_cast<zip_uint64_t>(i), 0, &stat) != 0)
      continue;
    std::string name = stat.name;
    if (!name.ends_with(".npy")) continue;
    auto header = archive_->read_header(name, stat);
    header.is_stored = stat.comp_method == ZIP_CM_STORE;
    name.resize(name.size() - 4);
    arrays_.emplace(name, std::move(header));
  }
  require(!arrays_.empty(), path.string(), " holds no NumPy array (.npy member)");
}

NpzReader::~NpzReader() = default;
NpzReader::NpzReader(NpzReader&&) noexcept = default;

const NpyHeader& NpzReader::header(const std::string& array) const {
  const auto found = arrays_.find(array);
  if (found != arrays_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, _] : arrays_) names.push_back(name);
  throw UserError(
      text(path_.string(), " has no array \"", array, "\"", hint(array, names)));
}

std::vector<std::byte> NpzReader::read(const std::string& array) const {
  const auto& head = header(array);
  const auto member = array + ".npy";
  const auto file = archive_->open(member);
  std::vector<std::byte> skipped(static_cast<size_t>(head.data_offset));
  archive_->read(file, skipped, member);
  std::vector<std::byte> out(static_cast<size_t>(head.num_bytes()));
  archive_->read(file, out, member);
  return out;
}

std::vector<std::byte> NpzReader::read_rows(const std::string& array, int64_t first,
                                            int64_t count) const {
  const auto& head = header(array);
  const auto member = array + ".npy";
  require(!head.fortran_order && !head.shape.empty(), path_.string(), ": ", array,
          " has no rows in C order");
  require(first >= 0 && count >= 0 && first <= head.shape[0] - count, path_.string(),
          ": ", array, " has ", head.shape[0], " rows; row ", first, " was asked for");
  const int64_t row_bytes = head.shape[0] == 0 ? 0 : head.num_bytes() / head.shape[0];
  const auto file = archive_->open(member);
  int64_t skip = head.data_offset + first * row_bytes;
  if (zip_fseek(file.get(), skip, SEEK_SET) == 0) skip = 0;  // Works on stored members.
  std::vector<std::byte> buffer(static_cast<size_t>(std::min<int64_t>(skip, 1 << 20)));
  while (skip > 0) {
    const auto part = std::span(buffer).first(
        static_cast<size_t>(std::min(skip, static_cast<int64_t>(buffer.size()))));
    archive_->read(file, part, member);
    skip -= static_cast<int64_t>(part.size());
  }
  std::vector<std::byte> out(static_cast<size_t>(count * row_bytes));
  archive_->read(file, out, member);
  return out;
}

void write_npz(const fs::path& path, const std::vector<NpyArray>& arrays) {
  const fs::path temporary = text(path.string(), ".", getpid(), ".tmp");
  int code = 0;
  zip_t* zip = zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  require(zip != nullptr, "cannot write ", path.string());
  std::vector<std::vector<std::byte>> members;  // Must outlive zip_close.
  members.reserve(arrays.size());
  for (const auto& array : arrays) {
    std::string shape;
    for (const int64_t size : array.shape) shape += text(size, ", ");
    if (array.shape.size() > 1) shape.resize(shape.size() - 2);
    std::string header = text("{'descr': '", array.dtype,
                              "', 'fortran_order': False, 'shape': (", shape, "), }");
    header.resize((header.size() + 10 + 64) / 64 * 64 - 10 - 1, ' ');
    header += '\n';
    std::string start(kMagic);
    start += {'\1', '\0', static_cast<char>(header.size() & 255),
              static_cast<char>(header.size() >> 8)};
    start += header;
    auto& bytes = members.emplace_back(start.size() + array.bytes.size());
    std::memcpy(bytes.data(), start.data(), start.size());
    if (!array.bytes.empty()) {
      std::memcpy(bytes.data() + start.size(), array.bytes.data(), array.bytes.size());
    }
    zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
    const auto name = array.name + ".npy";
    const auto index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    MEDGRAFT_CHECK(index >= 0, "libzip: ", zip_strerror(zip));
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip, static_cast<zip_uint64_t>(index), 0, 0x21,
                         0);  // 1980-01-01
  }
  if (zip_close(zip) != 0) {
    const std::string why = zip_strerror(zip);
    zip_discard(zip);
    throw UserError(text("cannot write ", path.string(), ": ", why));
  }
  std::error_code status;
  fs::rename(temporary, path, status);
  require(!status, "cannot write ", path.string(), ": ", status.message());
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

}  // namespace medgraft
