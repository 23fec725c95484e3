#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace medgraft::models {

/// Where a tensor lies in a .safetensors file, and what its bytes are.
struct SafetensorsEntry {
  std::string dtype;  ///< F32, F16, BF16 or I64.
  std::vector<int64_t> shape;
  std::string_view bytes;  ///< A part of the file's content.
};

struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> tensors;
  std::map<std::string, std::string> metadata;
};

/// @param content the whole file, which must outlive what is returned. @param name stands
/// for the file in messages.
/// Source: the format as described in huggingface/safetensors, README.md: the tensors
/// fill the rest of the file, without holes or overlaps.
/// @throws UserError where header, offsets or shapes do not fit the file's size.
SafetensorsHeader parse_safetensors(std::string_view content, const std::string& name);

}  // namespace medgraft::models
