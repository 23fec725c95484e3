#include "medgraft/data/container/image_source.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <new>

#include "medgraft/base/error.h"
#include "medgraft/data/container/npz_images.h"
#include "medgraft/data/container/tar.h"
#include "medgraft/image/decode/window.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

// Larger than any picture in use; what a wrong path may make us read.
constexpr std::uintmax_t kMaximumFile = std::uintmax_t{1} << 31;

Result<std::vector<std::byte>> read_image_file(const fs::path& path) {
  std::error_code status;
  const auto size = fs::file_size(path, status);
  if (status) return Failure{status.message()};
  if (size > kMaximumFile) return Failure{text("a file of ", size, " bytes is no image")};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Failure{std::strerror(errno)};
  std::vector<std::byte> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) return Failure{"the file cannot be read to its end"};
  return bytes;
}

}  // namespace

ImageName split_image_name(const std::string& name) {
  for (const std::string_view suffix : {".tar#", ".npz#"}) {
    const auto at = name.find(suffix);
    if (at == std::string::npos) continue;
    return {name.substr(0, at + suffix.size() - 1), name.substr(at + suffix.size())};
  }
  return {name, ""};
}

struct ImageSource::Implementation {
  fs::path root;
  std::mutex mutex;  // For the two maps; what is in them stays.
  std::map<std::string, std::unique_ptr<TarFile>> tars;
  std::map<std::string, std::unique_ptr<NpzImages>> arrays;

  // @return the container, opened at most once. @throws UserError if it cannot be.
  template <class Container>
  const Container& container(std::map<std::string, std::unique_ptr<Container>>& opened,
                             const std::string& file) {
    const std::lock_guard lock(mutex);
    auto& entry = opened[file];
    if (!entry) entry = std::make_unique<Container>(root / file);
    return *entry;
  }
};

ImageSource::ImageSource(fs::path root)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->root = std::move(root);
}
ImageSource::~ImageSource() = default;
ImageSource::ImageSource(ImageSource&&) noexcept = default;

Result<std::vector<std::byte>> ImageSource::read(const std::string& name) const try {
  auto& self = *implementation_;
  const auto place = split_image_name(name);
  if (place.member.empty()) return read_image_file(self.root / place.file);
  if (place.file.ends_with(".npz")) {
    return self.container(self.arrays, place.file).read(place.member);
  }
  return self.container(self.tars, place.file).read(place.member);
} catch (const UserError& error) {
  return Failure{error.what()};
} catch (const std::bad_alloc&) {
  return Failure{"too large for the memory there is"};
}

Result<image::Image> ImageSource::decode(const std::string& name,
                                         const image::DecodeOptions& options) const try {
  const auto place = split_image_name(name);
  if (!place.member.empty() && place.file.ends_with(".npz")) {
    auto& self = *implementation_;
    if (options.frame != 0) return Failure{"a row of an array has one frame"};
    const auto& array = self.container(self.arrays, place.file);
    auto row = array.decode(place.member);
    if (!row) return row;
    auto header = array.header(place.member);
    if (!header) return header.error();
    // Floats stand for themselves.
    const auto depth = static_cast<double>(header.value().bit_depth);
    return image::windowed(std::move(row.value()), options.window,
                           depth > 16 ? 1 : std::exp2(depth) - 1);
  }
  auto bytes = read(name);
  if (!bytes) return bytes.error();
  return image::decode(bytes.value(), options);
} catch (const UserError& error) {
  return Failure{error.what()};
}

Result<image::Header> ImageSource::header(const std::string& name) const try {
  const auto place = split_image_name(name);
  if (!place.member.empty() && place.file.ends_with(".npz")) {
    auto& self = *implementation_;
    return self.container(self.arrays, place.file).header(place.member);
  }
  auto bytes = read(name);
  if (!bytes) return bytes.error();
  return image::read_header(bytes.value());
} catch (const UserError& error) {
  return Failure{error.what()};
}

}  // namespace medgraft::data
