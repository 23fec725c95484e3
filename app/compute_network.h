#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "medgraft/models/case_network.h"
#include "medgraft/models/weights.h"

namespace medgraft::app {

/// How `model.init` enters a run's identity: "scratch", {"run": id}, {"checkpoint":
/// sha256}, or {"mean_var": one of these}. @throws UserError if there is no such thing.
nlohmann::json identify_init(const std::string& init);

/// Fills `network` as `init` says; the head stays new.
void initialize_network(models::Bit& network, const std::string& init, uint64_t seed);

/// A network with its head, ready to predict, and what its file says of itself.
struct TrainedNetwork {
  models::CaseNetwork network;
  std::string kind;  ///< "binary", "multilabel", "multiclass", or empty where unknown.
  std::string loss;  ///< "softmax", "sigmoid", or empty where unknown.
  std::vector<std::string> classes;  ///< Empty where unknown.
  std::string eval_preprocess;       ///< Empty where unknown.
};

/// @param path a run directory, .safetensors or .npz.
TrainedNetwork load_trained_network(const std::string& path);

/// The metadata that model.safetensors carries.
std::map<std::string, std::string> network_metadata(
    const std::string& architecture, const std::string& kind,
    const std::vector<std::string>& classes, const std::string& eval_preprocess,
    const models::FusionPlan& plan, const std::string& loss);

}  // namespace medgraft::app
