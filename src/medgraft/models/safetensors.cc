#include "medgraft/models/safetensors.h"

#include <ATen/ATen.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/models/safetensors_header.h"

namespace medgraft::models {
namespace {

using nlohmann::json;

at::ScalarType scalar_type(const std::string& dtype) {
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  return dtype == "I64" ? at::kLong : at::kFloat;
}

at::Tensor to_tensor(const SafetensorsEntry& entry) {
  const auto type = scalar_type(entry.dtype);
  auto tensor = at::empty(entry.shape, type);
  MEDGRAFT_CHECK(tensor.nbytes() == entry.bytes.size(), entry.bytes.size());
  if (!entry.bytes.empty()) {
    std::memcpy(tensor.data_ptr(), entry.bytes.data(), entry.bytes.size());
  }
  return type == at::kLong ? tensor : tensor.to(at::kFloat);
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const auto content = read_file(path);
  auto header = parse_safetensors(content, path.string());
  SafetensorsFile file;
  file.metadata = std::move(header.metadata);
  for (const auto& [name, entry] : header.tensors) {
    file.tensors[name] = to_tensor(entry);
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
