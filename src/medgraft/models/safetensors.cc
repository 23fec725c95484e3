#include "medgraft/models/safetensors.h"

#include <ATen/ATen.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

using nlohmann::json;

constexpr uint64_t kMaximumHeader = 100 << 20;
constexpr int64_t kMaximumElements = int64_t{1} << 44;

std::optional<at::ScalarType> scalar_type(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  if (dtype == "I64") return at::kLong;
  return std::nullopt;
}

at::Tensor read_tensor(const json& entry, std::string_view data,
                       const std::string& where) {
  const bool complete = entry.is_object() && entry.contains("dtype") &&
                        entry["dtype"].is_string() && entry.contains("shape") &&
                        entry["shape"].is_array() && entry.contains("data_offsets") &&
                        entry["data_offsets"].is_array() &&
                        entry["data_offsets"].size() == 2;
  require(complete, where, " has no dtype, shape and two offsets");
  const auto type = scalar_type(entry["dtype"].get<std::string>());
  require(type.has_value(), where, " has dtype ", entry["dtype"].get<std::string>(),
          "; F32, F16, BF16 and I64 are accepted");
  std::vector<int64_t> shape;
  int64_t elements = 1;
  for (const auto& size : entry["shape"]) {
    require(size.is_number_unsigned(), where, " has a shape that is not a list of sizes");
    const auto n = size.get<uint64_t>();
    require(n <= static_cast<uint64_t>(kMaximumElements) &&
                (n == 0 || elements <= kMaximumElements / static_cast<int64_t>(n)),
            where, " has a shape that is too large");
    shape.push_back(static_cast<int64_t>(n));
    elements *= static_cast<int64_t>(n);
  }
  const auto& offsets = entry["data_offsets"];
  require(offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned(), where,
          " has offsets that are not sizes");
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  const auto bytes = static_cast<uint64_t>(elements) * at::elementSize(*type);
  require(begin <= end && end <= data.size() && end - begin == bytes, where, " asks for ",
          bytes, " bytes at ", begin, " to ", end, " of ", data.size());
  auto tensor = at::empty(shape, *type);
  if (bytes > 0) std::memcpy(tensor.data_ptr(), data.data() + begin, bytes);
  return *type == at::kLong ? tensor : tensor.to(at::kFloat);
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const auto content = read_file(path);
  const auto name = path.string();
  uint64_t length = 0;
  require(content.size() >= sizeof length, name, " is too short for a safetensors file");
  std::memcpy(&length, content.data(), sizeof length);
  require(length <= kMaximumHeader && length <= content.size() - sizeof length, name,
          " is not a safetensors file, or ends early: its header asks for ", length,
          " bytes");
  const auto header =
      json::parse(content.begin() + sizeof length,
                  content.begin() + sizeof length + static_cast<std::ptrdiff_t>(length),
                  nullptr, /*allow_exceptions=*/false);
  require(header.is_object(), name, " has a header that is not a JSON object");
  const auto data = std::string_view(content).substr(sizeof length + length);

  SafetensorsFile file;
  for (const auto& [key, entry] : header.items()) {
    if (key != "__metadata__") {
      file.tensors[key] = read_tensor(entry, data, text(name, ": tensor ", key));
      continue;
    }
    require(entry.is_object(), name, " has metadata that is not a table");
    for (const auto& [field, value] : entry.items()) {
      require(value.is_string(), name, ": metadata ", field, " is not a text");
      file.metadata[field] = value.get<std::string>();
    }
  }
  return file;
}

void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file) {
  json header = json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const bool is_float = tensor.scalar_type() == at::kFloat;
    MEDGRAFT_CHECK(is_float || tensor.scalar_type() == at::kLong, name);
    const uint64_t end = offset + tensor.nbytes();
    header[name] = {{"dtype", is_float ? "F32" : "I64"},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  auto head = header.dump();
  head.resize((head.size() + 7) / 8 * 8, ' ');  // Tensors begin at a multiple of 8.
  const uint64_t length = head.size();

  AtomicFile out(path);
  out.write({reinterpret_cast<const char*>(&length), sizeof length});
  out.write(head);
  for (const auto& [name, tensor] : file.tensors) {
    const auto plain = tensor.detach().cpu().contiguous();
    out.write({static_cast<const char*>(plain.data_ptr()), plain.nbytes()});
  }
  out.commit();
}

}  // namespace medgraft::models
