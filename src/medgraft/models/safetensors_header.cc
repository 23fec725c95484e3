#include "medgraft/models/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

using nlohmann::json;

constexpr uint64_t kMaximumHeader = 100 << 20;
constexpr int64_t kMaximumElements = int64_t{1} << 44;

struct ElementType {
  std::string_view name;
  uint64_t size;
};
constexpr ElementType kElementTypes[] = {{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}};

// @return the size of an element, or 0 where the type is not accepted.
uint64_t element_size(const std::string& dtype) {
  for (const auto& type : kElementTypes) {
    if (type.name == dtype) return type.size;
  }
  return 0;
}

std::vector<int64_t> parse_shape(const json& sizes, const std::string& where) {
  std::vector<int64_t> shape;
  int64_t elements = 1;
  for (const auto& size : sizes) {
    require(size.is_number_unsigned(), where, " has a shape that is not a list of sizes");
    const auto n = size.get<uint64_t>();
    require(n <= static_cast<uint64_t>(kMaximumElements) &&
                (n == 0 || elements <= kMaximumElements / static_cast<int64_t>(n)),
            where, " has a shape that is too large");
    shape.push_back(static_cast<int64_t>(n));
    elements *= static_cast<int64_t>(n);
  }
  return shape;
}

SafetensorsEntry parse_entry(const json& entry, std::string_view data,
                             const std::string& where) {
  const bool complete = entry.is_object() && entry.contains("dtype") &&
                        entry["dtype"].is_string() && entry.contains("shape") &&
                        entry["shape"].is_array() && entry.contains("data_offsets") &&
                        entry["data_offsets"].is_array() &&
                        entry["data_offsets"].size() == 2;
  require(complete, where, " has no dtype, shape and two offsets");
  SafetensorsEntry out;
  out.dtype = entry["dtype"].get<std::string>();
  const auto item = element_size(out.dtype);
  require(item > 0, where, " has dtype ", out.dtype,
          "; F32, F16, BF16 and I64 are accepted");
  out.shape = parse_shape(entry["shape"], where);
  const auto& offsets = entry["data_offsets"];
  require(offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned(), where,
          " has offsets that are not sizes");
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  uint64_t bytes = item;
  for (const int64_t size : out.shape) bytes *= static_cast<uint64_t>(size);
  require(begin <= end && end <= data.size() && end - begin == bytes, where, " asks for ",
          bytes, " bytes at ", begin, " to ", end, " of ", data.size());
  out.bytes = data.substr(begin, bytes);
  return out;
}

std::map<std::string, std::string> parse_metadata(const json& table,
                                                  const std::string& name) {
  require(table.is_object(), name, " has metadata that is not a table");
  std::map<std::string, std::string> metadata;
  for (const auto& [field, value] : table.items()) {
    require(value.is_string(), name, ": metadata ", field, " is not a text");
    metadata[field] = value.get<std::string>();
  }
  return metadata;
}

// Bytes in two tensors, or in none, hide what the file is.
void require_filled(const SafetensorsHeader& header, std::string_view data,
                    const std::string& name) {
  std::vector<std::pair<const char*, const char*>> places;
  for (const auto& [_, entry] : header.tensors) {
    places.emplace_back(entry.bytes.data(), entry.bytes.data() + entry.bytes.size());
  }
  std::sort(places.begin(), places.end());
  const char* filled = data.data();
  for (const auto& [begin, end] : places) {
    require(begin == filled, name, " has tensors that overlap or leave a hole at byte ",
            filled - data.data(), " of its data");
    filled = end;
  }
  require(filled == data.data() + data.size(), name, " has ", data.size(),
          " bytes of data; its tensors fill ", filled - data.data());
}

}  // namespace

SafetensorsHeader parse_safetensors(std::string_view content, const std::string& name) {
  uint64_t length = 0;
  require(content.size() >= sizeof length, name, " is too short for a safetensors file");
  std::memcpy(&length, content.data(), sizeof length);
  require(length <= kMaximumHeader && length <= content.size() - sizeof length, name,
          " is not a safetensors file, or ends early: its header asks for ", length,
          " bytes");
  const auto parsed = json::parse(content.substr(sizeof length, length), nullptr,
                                  /*allow_exceptions=*/false);
  require(parsed.is_object(), name, " has a header that is not a JSON object");
  const auto data = content.substr(sizeof length + length);

  SafetensorsHeader header;
  for (const auto& [key, entry] : parsed.items()) {
    if (key == "__metadata__") {
      header.metadata = parse_metadata(entry, name);
    } else {
      header.tensors[key] = parse_entry(entry, data, text(name, ": tensor ", key));
    }
  }
  require_filled(header, data, name);
  return header;
}

}  // namespace medgraft::models
