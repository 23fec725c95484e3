#include "medgraft/models/weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/models/bit_npz.h"

namespace medgraft::models {
namespace {

Naming naming_of(const NamedTensors& tensors) {
  return tensors.contains("stem.conv.weight") ? Naming::kTimm : Naming::kMedgraft;
}

std::string list(const std::vector<std::string>& names, const std::string& what) {
  constexpr size_t kShown = 4;
  if (names.empty()) return "";
  std::string out = text(names.size(), " ", what, " (");
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) {
    out += (i ? ", " : "") + names[i];
  }
  return out + (names.size() > kShown ? ", ...)" : ")");
}

// What belongs to the task: not part of the backbone.
bool is_head(const std::string& name) {
  return name.starts_with("head.") || name.starts_with("fusion.");
}

void require_fit(const Bit& network, const Weights& weights, Head head,
                 const std::string& file) {
  const auto mismatch = compare(network, weights, head);
  require(mismatch.empty(), file, " does not fit ", network.architecture().name, " with ",
          network.num_classes(), " classes: ", mismatch.summary());
}

}  // namespace

Weights read_weights(const std::filesystem::path& path) {
  Weights weights;
  NamedTensors tensors;
  if (path.extension() == ".npz") {
    weights.naming = Naming::kBigTransfer;
    tensors = read_npz_tensors(path);
  } else {
    require(path.extension() == ".safetensors", path.string(),
            " is not a weight file; .npz and .safetensors are accepted");
    auto file = read_safetensors(path);
    tensors = std::move(file.tensors);
    weights.metadata = std::move(file.metadata);
    weights.naming = naming_of(tensors);
  }
  for (const auto& [name, tensor] : tensors) {
    if (const auto own = to_medgraft_name(name, weights.naming)) {
      weights.tensors[*own] = to_medgraft_axes(tensor, *own, weights.naming);
    } else {
      weights.unknown.push_back(name);
    }
  }
  require(!weights.tensors.empty(), path.string(),
          " holds no tensor of a Big Transfer network");
  return weights;
}

void write_weights(const std::filesystem::path& path, const NamedTensors& tensors,
                   Naming naming, const std::map<std::string, std::string>& metadata) {
  const bool npz = path.extension() == ".npz";
  require(npz || path.extension() == ".safetensors", "cannot write ", path.string(),
          ": .npz and .safetensors are accepted");
  if (npz) naming = Naming::kBigTransfer;
  const auto fused = tensors.lower_bound("fusion.");
  require(naming == Naming::kMedgraft || fused == tensors.end() ||
              !fused->first.starts_with("fusion."),
          "the network reads several images a case, for which only MedGraft's own names "
          "have a place; write a .safetensors with --naming medgraft");
  NamedTensors renamed;
  for (const auto& [name, tensor] : tensors) {
    renamed[from_medgraft_name(name, naming)] = from_medgraft_axes(tensor, name, naming);
  }
  if (npz) {
    write_npz_tensors(path, renamed);
  } else {
    write_safetensors(path, {renamed, metadata});
  }
}

const Architecture& recognize(const Weights& weights, const std::string& file) {
  for (const auto& candidate : architectures()) {
    const auto shapes = parameter_shapes(candidate, 0);
    const bool fits =
        std::all_of(shapes.begin(), shapes.end(), [&](const auto& parameter) {
          const auto found = weights.tensors.find(parameter.name);
          return found != weights.tensors.end() &&
                 found->second.sizes() == parameter.shape;
        });
    const auto backbone =
        std::count_if(weights.tensors.begin(), weights.tensors.end(),
                      [](const auto& entry) { return !is_head(entry.first); });
    if (fits && backbone == static_cast<std::ptrdiff_t>(shapes.size())) return candidate;
  }
  throw UserError(
      text(file, " holds no complete network that `medgraft model list` names"));
}

std::string Mismatch::summary() const {
  std::string out;
  for (const auto& part : {list(missing, "missing"), list(unexpected, "unexpected"),
                           list(wrong_shape, "of another shape")}) {
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  }
  return out;
}

Mismatch compare(const Bit& network, const Weights& weights, Head head) {
  Mismatch mismatch;
  mismatch.unexpected = weights.unknown;
  NamedTensors rest = weights.tensors;
  for (const auto& [name, tensor] : network.parameters()) {
    if (is_head(name) && head == Head::kNew) continue;
    const auto found = rest.find(name);
    if (found == rest.end()) {
      mismatch.missing.push_back(name);
      continue;
    }
    if (found->second.sizes() != tensor.sizes()) {
      mismatch.wrong_shape.push_back(
          text(name, " ", found->second.sizes(), " for ", tensor.sizes()));
    }
    rest.erase(found);
  }
  for (const auto& [name, _] : rest) {
    if (!(is_head(name) && head == Head::kNew)) mismatch.unexpected.push_back(name);
  }
  return mismatch;
}

void load_weights(Bit& network, const Weights& weights, Head head,
                  const std::string& file) {
  require_fit(network, weights, head, file);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : network.parameters()) {
    if (is_head(name) && head == Head::kNew) continue;
    tensor.copy_(weights.tensors.at(name));
  }
}

void load_mean_and_variance(Bit& network, const Weights& weights, uint64_t seed,
                            const std::string& file) {
  require_fit(network, weights, Head::kNew, file);
  const at::NoGradGuard no_grad;
  uint64_t index = 0;
  for (const auto& [name, tensor] : network.parameters()) {
    if (is_head(name)) continue;
    const auto source = weights.tensors.at(name).to(at::kDouble);
    const double mean = source.mean().item<double>();
    const double deviation = source.std(/*unbiased=*/false).item<double>();
    auto drawn = at::empty(tensor.sizes(), at::kFloat);
    Rng rng(mix_key({seed, index++}));
    float* const data = drawn.data_ptr<float>();
    for (int64_t i = 0; i < drawn.numel(); ++i) {
      data[i] = static_cast<float>(mean + deviation * rng.normal());
    }
    tensor.copy_(drawn);
  }
}

NamedTensors named_tensors(const Bit& network) {
  NamedTensors tensors;
  for (const auto& [name, tensor] : network.parameters()) tensors[name] = tensor;
  return tensors;
}

}  // namespace medgraft::models
