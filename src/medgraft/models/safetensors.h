#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace medgraft::models {

using NamedTensors = std::map<std::string, at::Tensor>;

/// What a .safetensors file holds.
struct SafetensorsFile {
  NamedTensors tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads float32, float16 and bfloat16 tensors, as float32, and int64 ones.
/// Source: the format as described in huggingface/safetensors, README.md.
/// @throws UserError naming the file where header, offsets or shapes do not fit its size.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

/// Writes atomically; names sorted and nothing else in the file, so that the same tensors
/// and metadata give the same bytes. @param file tensors float32 or int64, any layout.
void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file);

}  // namespace medgraft::models
