#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

namespace medgraft::models {

/// Who named the tensors of a weight file. MedGraft's own names follow the published
/// files: root.weight, block1.unit01.a.{weight,gamma,beta}, block1.unit01.proj.weight,
/// norm.{gamma,beta}, head.{weight,bias}; fusion.* of a network of cases
/// (case_network.h).
enum class Naming {
  kMedgraft,
  kBigTransfer,  ///< .npz: resnet/block1/unit01/a/standardized_conv2d/kernel, HWIO.
  kTimm,         ///< stages.0.blocks.0.conv1.weight; the head is a 1x1 convolution.
};

/// @return `name` of the given naming in MedGraft's terms; nothing if it is not a tensor
/// of a Big Transfer network. A "resnet/" in front and numbered "standardized_conv2d_7"
/// pass.
std::optional<std::string> to_medgraft_name(const std::string& name, Naming naming);

/// @param name one of MedGraft's.
std::string from_medgraft_name(const std::string& name, Naming naming);

/// @return `tensor` in MedGraft's axes: convolutions [O, I, kH, kW], the head [K, C].
at::Tensor to_medgraft_axes(const at::Tensor& tensor, const std::string& medgraft_name,
                            Naming naming);
at::Tensor from_medgraft_axes(const at::Tensor& tensor, const std::string& medgraft_name,
                              Naming naming);

}  // namespace medgraft::models
