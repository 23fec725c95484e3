#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "medgraft/models/bit.h"
#include "medgraft/models/safetensors.h"
#include "medgraft/models/tensor_names.h"

namespace medgraft::models {

/// A weight file in MedGraft's names and axes, whatever wrote it.
struct Weights {
  NamedTensors tensors;
  std::vector<std::string> unknown;  ///< Tensors that belong to no Big Transfer network.
  std::map<std::string, std::string> metadata;
  Naming naming = Naming::kMedgraft;
};

/// Reads .npz (published names) or .safetensors (MedGraft's or timm's, told by the
/// names).
/// @throws UserError if the file is neither, or holds no tensor of a network.
Weights read_weights(const std::filesystem::path& path);

/// Writes by the extension: .npz with the published names, .safetensors with `naming`.
void write_weights(const std::filesystem::path& path, const NamedTensors& tensors,
                   Naming naming, const std::map<std::string, std::string>& metadata);

/// @return the architecture whose parameters (less the head) `weights` has.
/// @throws UserError if none has.
const Architecture& recognize(const Weights& weights, const std::string& file);

/// Every tensor that keeps `weights` from fitting a network.
struct Mismatch {
  std::vector<std::string> missing, unexpected, wrong_shape;
  bool empty() const {
    return missing.empty() && unexpected.empty() && wrong_shape.empty();
  }
  /// "3 missing (block1.unit01.a.weight, ...), 1 of another shape (...)"
  std::string summary() const;
};

enum class Head {
  kLoad,  ///< The file's head must fit.
  kNew,   ///< The file's head and fusion, if any, are left out: another task's.
};

Mismatch compare(const Bit& network, const Weights& weights, Head head);

/// Copies `weights` into `network`.
/// @throws UserError with the whole mismatch; the network is then unchanged.
void load_weights(Bit& network, const Weights& weights, Head head,
                  const std::string& file);

/// Draws each tensor (less the head) from a normal distribution with the mean and
/// standard deviation of its counterpart in `weights`: keeps the scale of a pre-trained
/// network without its features. Source: Raghu et al. 2019, arXiv:1902.07208 ("Mean
/// Var").
void load_mean_and_variance(Bit& network, const Weights& weights, uint64_t seed,
                            const std::string& file);

/// @return the network's parameters by name; the tensors are shared.
NamedTensors named_tensors(const Bit& network);

}  // namespace medgraft::models
