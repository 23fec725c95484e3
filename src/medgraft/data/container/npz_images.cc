#include "medgraft/data/container/npz_images.h"

#include <cmath>
#include <cstring>

#include "medgraft/base/error.h"
#include "medgraft/base/number.h"

namespace medgraft::data {
namespace {

int64_t stored_channels(const NpyHeader& header) {
  return header.shape.size() == 4 ? header.shape[3] : 1;
}

std::string refusal(const NpyHeader& header) {
  const auto sizes = header.shape.size();
  const auto channels = sizes == 3 || sizes == 4 ? stored_channels(header) : 0;
  if (channels != 1 && channels != 3 && channels != 4) {
    return text("the array's shape is not [N, H, W] or [N, H, W, C] with C 1, 3 or 4");
  }
  if (header.fortran_order) return "the array is not in C order";
  if (header.dtype != "|u1" && header.dtype != "<u2" && header.dtype != "<f4") {
    return text("the array's elements are ", header.dtype,
                "; uint8, uint16 and float32 are read");
  }
  if (header.shape[1] < 1 || header.shape[2] < 1) return "the array has empty images";
  if (header.shape[1] > image::kMaximumPixels / header.shape[2]) return "too many pixels";
  return "";
}

template <class Sample>
float value_at(std::span<const std::byte> bytes, size_t index) {
  Sample sample;
  std::memcpy(&sample, bytes.data() + index * sizeof sample, sizeof sample);
  if constexpr (sizeof sample == 1) return static_cast<float>(sample) / 255.0F;
  if constexpr (sizeof sample == 2) return static_cast<float>(sample) / 65535.0F;
  return static_cast<float>(sample);
}

template <class Sample>
image::Image convert(std::span<const std::byte> bytes, const NpyHeader& header) {
  const auto stored = static_cast<size_t>(stored_channels(header));
  image::Image out{header.shape[1], header.shape[2], stored == 1 ? 1 : 3, {}};
  const auto pixels = static_cast<size_t>(out.height * out.width);
  const auto channels = static_cast<size_t>(out.channels);
  out.pixels.reserve(pixels * channels);
  for (size_t i = 0; i < pixels; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      out.pixels.push_back(value_at<Sample>(bytes, i * stored + c));
    }
  }
  return out;
}

}  // namespace

NpzImages::NpzImages(const std::filesystem::path& path) : reader_(path) {}

Result<NpzImages::Row> NpzImages::find(const std::string& member) const {
  const auto slash = member.rfind('/');
  const auto index = slash == std::string::npos
                         ? std::nullopt
                         : parse_integer(std::string_view(member).substr(slash + 1));
  if (!index) return Failure{"an image in an npz is named file.npz#array/row"};
  const auto array = member.substr(0, slash);
  const auto found = reader_.arrays().find(array);
  if (found == reader_.arrays().end()) {
    return Failure{text("the npz has no array \"", array, "\"")};
  }
  const auto& header = found->second;
  if (auto reason = refusal(header); !reason.empty()) return Failure{reason};
  if (*index < 0 || *index >= header.shape[0]) {
    return Failure{text("the array has ", header.shape[0], " rows, from 0")};
  }
  return Row{array, *index, &header};
}

Result<std::vector<std::byte>> NpzImages::read(const std::string& member) const try {
  auto found = find(member);
  if (!found) return found.error();
  const auto& row = found.value();
  const auto size = static_cast<size_t>(row.header->num_bytes() / row.header->shape[0]);
  const std::lock_guard lock(mutex_);
  if (row.header->is_stored) return reader_.read_rows(row.array, row.index, 1);
  auto array = arrays_.find(row.array);
  if (array == arrays_.end()) {
    array = arrays_.emplace(row.array, reader_.read(row.array)).first;
  }
  const auto first = array->second.begin() + static_cast<int64_t>(size) * row.index;
  return std::vector<std::byte>(first, first + static_cast<int64_t>(size));
} catch (const UserError& error) {
  return Failure{error.what()};
}

Result<image::Image> NpzImages::decode(const std::string& member) const {
  auto bytes = read(member);
  if (!bytes) return bytes.error();
  const auto& header = *find(member).value().header;
  if (header.dtype == "|u1") return convert<uint8_t>(bytes.value(), header);
  if (header.dtype == "<u2") return convert<uint16_t>(bytes.value(), header);
  auto image = convert<float>(bytes.value(), header);
  for (const float value : image.pixels) {
    if (!(value >= 0 && value <= 1)) return Failure{"float pixels outside [0, 1]"};
  }
  return image;
}

Result<image::Header> NpzImages::header(const std::string& member) const {
  auto found = find(member);
  if (!found) return found.error();
  const auto& header = *found.value().header;
  return image::Header{"npz", header.shape[1], header.shape[2],
                       stored_channels(header) == 1 ? 1 : 3, 8 * header.item_size};
}

}  // namespace medgraft::data
