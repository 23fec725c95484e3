#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "medgraft/models/catalog.h"

namespace medgraft::models {

/// A trainable tensor under its name, such as "block1.unit01.a.weight".
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// The name and shape of one parameter.
struct ParameterShape {
  std::string name;
  std::vector<int64_t> shape;

  int64_t num_elements() const;
};

/// Lists the parameters of a network without allocating them, in the order of Bit's.
/// Convolutions are [O, I, kH, kW], norms [C], the head [num_classes, C] and
/// [num_classes]; no head where `num_classes` is 0.
std::vector<ParameterShape> parameter_shapes(const Architecture& architecture,
                                             int64_t num_classes);

/// Big Transfer ResNet-V2: pre-activation bottlenecks with group normalization and
/// weight-standardized convolutions; activations are channels_last.
/// Source: Kolesnikov et al. 2020, arXiv:1912.11370; google-research/big_transfer,
/// bit_pytorch/models.py.
class Bit {
 public:
  /// Initializes as the source does (uniform within 1 / sqrt(fan-in); norms 1 and 0) and
  /// the head with zeros. Each tensor draws from (seed, its name): the same on every
  /// machine.
  /// @param num_classes rows of the head; 0: no head.
  Bit(const Architecture& architecture, int64_t num_classes, uint64_t seed);

  /// @param images float32 [N, 3, H, W], usually in [-1, 1]; H, W >= 32.
  /// @return unnormalized logits, float32 [N, num_classes].
  at::Tensor forward(const at::Tensor& images) const;

  /// Pooled activations before the head, float32 [N, feature_channels].
  at::Tensor features(const at::Tensor& images) const;

  const Architecture& architecture() const { return *architecture_; }
  int64_t num_classes() const { return num_classes_; }

  /// Every parameter, a leaf that requires a gradient; the tensors are shared, not
  /// copied.
  const std::vector<NamedTensor>& parameters() const { return parameters_; }

 protected:
  /// Builds a network of these parameters: the backbone's and a head's over more inputs
  /// than the pooled features, or with others beside them. Initialized as above.
  Bit(const Architecture& architecture, int64_t num_classes,
      const std::vector<ParameterShape>& shapes, uint64_t seed);

  at::Tensor take(const std::string& name) const;

 private:
  struct Convolution {
    at::Tensor weight;
    int64_t stride = 1;
  };
  struct Norm {
    at::Tensor gamma, beta;
  };
  struct Unit {
    Norm norm_a, norm_b, norm_c;
    Convolution a, b, c;
    std::optional<Convolution> projection;
  };

  Unit build_unit(const std::string& name, int64_t stride) const;
  static at::Tensor convolve(const Convolution& convolution, const at::Tensor& x);
  static at::Tensor activate(const Norm& norm, const at::Tensor& x);
  static at::Tensor apply(const Unit& unit, const at::Tensor& x);

  const Architecture* architecture_;
  int64_t num_classes_;
  std::vector<NamedTensor> parameters_;
  Convolution root_;
  std::vector<Unit> units_;
  Norm norm_;
  at::Tensor head_weight_, head_bias_;
};

}  // namespace medgraft::models
