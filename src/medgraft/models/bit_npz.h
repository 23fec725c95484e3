#pragma once

#include <filesystem>

#include "medgraft/models/safetensors.h"

namespace medgraft::models {

/// Reads every float array of an .npz (float16, float32, float64) as float32, under its
/// own name and in its own axes. @throws UserError naming the file and array.
NamedTensors read_npz_tensors(const std::filesystem::path& path);

/// @param tensors float32, contiguous.
void write_npz_tensors(const std::filesystem::path& path, const NamedTensors& tensors);

}  // namespace medgraft::models
