#include "medgraft/models/bit.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/kernels/group_norm_relu.h"
#include "medgraft/kernels/standardize_weight.h"

namespace medgraft::models {
namespace {

using at::Tensor;

constexpr int64_t kGroups = 32;
constexpr int64_t kMinimumSide = 32;

// "block2", 3 -> "block2.unit03"
std::string unit_name(int64_t block, int64_t unit) {
  return text("block", block, unit < 10 ? ".unit0" : ".unit", unit);
}

uint64_t hash_name(const std::string& name) {
  uint64_t key = 0;
  for (const char c : name) key = mix_key({key, static_cast<unsigned char>(c)});
  return key;
}

void initialize(const std::string& name, Tensor& tensor, uint64_t seed) {
  if (name.ends_with(".gamma")) {
    tensor.fill_(1);
  } else if (name.ends_with(".beta") || name.ends_with(".bias") ||
             name.starts_with("head.") || name == "fusion.missing") {
    tensor.zero_();  // A new head starts by predicting nothing.
  } else {
    const double bound = 1 / std::sqrt(static_cast<double>(tensor[0].numel()));
    Rng rng(mix_key({seed, hash_name(name)}));
    float* const data = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      data[i] = static_cast<float>(rng.uniform(-bound, bound));
    }
  }
}

}  // namespace

int64_t ParameterShape::num_elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<ParameterShape> parameter_shapes(const Architecture& architecture,
                                             int64_t num_classes) {
  std::vector<ParameterShape> shapes;
  const auto norm = [&](const std::string& name, int64_t channels) {
    shapes.push_back({name + ".gamma", {channels}});
    shapes.push_back({name + ".beta", {channels}});
  };
  const auto convolution = [&](const std::string& name, int64_t out, int64_t in,
                               int64_t side) {
    shapes.push_back({name + ".weight", {out, in, side, side}});
  };

  int64_t in = architecture.stem_channels();
  convolution("root", in, 3, 7);
  for (int64_t block = 0; block < 4; ++block) {
    const int64_t middle = architecture.middle_channels(block);
    const int64_t out = 4 * middle;
    for (int64_t unit = 1; unit <= architecture.units[static_cast<size_t>(block)];
         ++unit) {
      const auto name = unit_name(block + 1, unit);
      norm(name + ".a", in);
      convolution(name + ".a", middle, in, 1);
      norm(name + ".b", middle);
      convolution(name + ".b", middle, middle, 3);
      norm(name + ".c", middle);
      convolution(name + ".c", out, middle, 1);
      if (unit == 1) convolution(name + ".proj", out, in, 1);
      in = out;
    }
  }
  norm("norm", in);
  if (num_classes > 0) {
    shapes.push_back({"head.weight", {num_classes, in}});
    shapes.push_back({"head.bias", {num_classes}});
  }
  return shapes;
}

Bit::Bit(const Architecture& architecture, int64_t num_classes, uint64_t seed)
    : Bit(architecture, num_classes, parameter_shapes(architecture, num_classes), seed) {}

Bit::Bit(const Architecture& architecture, int64_t num_classes,
         const std::vector<ParameterShape>& shapes, uint64_t seed)
    : architecture_(&architecture), num_classes_(num_classes) {
  require(num_classes >= 0, "a network has 0 or more classes, not ", num_classes);
  for (const auto& [name, shape] : shapes) {
    auto tensor = at::empty(shape, at::kFloat);
    initialize(name, tensor, seed);
    if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    tensor.requires_grad_();
    parameters_.push_back({name, tensor});
  }

  root_ = {take("root.weight"), 2};
  for (int64_t block = 1; block <= 4; ++block) {
    const int64_t units = architecture.units[static_cast<size_t>(block - 1)];
    for (int64_t unit = 1; unit <= units; ++unit) {
      const int64_t stride = block > 1 && unit == 1 ? 2 : 1;
      units_.push_back(build_unit(unit_name(block, unit), stride));
    }
  }
  norm_ = {take("norm.gamma"), take("norm.beta")};
  if (num_classes > 0) {
    head_weight_ = take("head.weight");
    head_bias_ = take("head.bias");
  }
}

Tensor Bit::take(const std::string& name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const auto& entry) { return entry.name == name; });
  MEDGRAFT_CHECK(found != parameters_.end(), name);
  return found->tensor;
}

Bit::Unit Bit::build_unit(const std::string& name, int64_t stride) const {
  const auto norm = [&](const char* part) {
    return Norm{take(name + part + ".gamma"), take(name + part + ".beta")};
  };
  Unit unit{norm(".a"),
            norm(".b"),
            norm(".c"),
            {take(name + ".a.weight")},
            {take(name + ".b.weight"), stride},
            {take(name + ".c.weight")},
            std::nullopt};
  if (name.ends_with(".unit01")) unit.projection = {take(name + ".proj.weight"), stride};
  return unit;
}

Tensor Bit::convolve(const Convolution& convolution, const Tensor& x) {
  const auto weight = kernels::standardize_weight(convolution.weight);
  const int64_t padding = weight.size(2) / 2;
  return at::conv2d(x, weight, {}, {convolution.stride, convolution.stride},
                    at::IntArrayRef{padding, padding});
}

Tensor Bit::activate(const Norm& norm, const Tensor& x) {
  return kernels::group_norm_relu(x, norm.gamma, norm.beta, kGroups);
}

// Pre-activation bottleneck: 1x1 (a), 3x3 with the stride (b), 1x1 (c).
Tensor Bit::apply(const Unit& unit, const Tensor& x) {
  const auto active = activate(unit.norm_a, x);
  const auto shortcut = unit.projection ? convolve(*unit.projection, active) : x;
  const auto b = convolve(unit.b, activate(unit.norm_b, convolve(unit.a, active)));
  return shortcut + convolve(unit.c, activate(unit.norm_c, b));
}

Tensor Bit::features(const Tensor& images) const {
  require(images.dim() == 4 && images.size(1) == 3 && images.size(2) >= kMinimumSide &&
              images.size(3) >= kMinimumSide,
          "a network takes images [N, 3, H, W] of at least ", kMinimumSide, " x ",
          kMinimumSide, " pixels, got ", images.sizes());
  auto x = convolve(root_, images.contiguous(at::MemoryFormat::ChannelsLast));
  // Zeros, not the -inf of max_pool2d's own padding: activations here can be negative,
  // and the published weights were trained with zeros.
  x = at::max_pool2d(at::constant_pad_nd(x, {1, 1, 1, 1}, 0), {3, 3}, {2, 2});
  for (const auto& unit : units_) x = apply(unit, x);
  return activate(norm_, x).mean({2, 3});
}

Tensor Bit::forward(const Tensor& images) const {
  MEDGRAFT_CHECK(num_classes_ > 0, "this network was built without a head");
  return at::linear(features(images), head_weight_, head_bias_);
}

}  // namespace medgraft::models
