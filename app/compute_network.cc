#include "compute_network.h"

#include <filesystem>

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kMeanVar = "mean_var:";

json read_run(const fs::path& folder) {
  const auto path = folder / "run.json";
  require(fs::exists(path), folder.string(),
          " is a folder without a run.json; a run "
          "directory, .safetensors or .npz is accepted");
  auto run = json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  require(run.is_object() && run.contains("id") && run["id"].is_string() &&
              run.contains("status") && run["status"].is_string(),
          path.string(), " is damaged");
  require(run["status"] == "done", folder.string(), " is a run with status ",
          run["status"].get<std::string>(), "; finish it first");
  return run;
}

// The weight file that a run directory or file path stands for.
fs::path weight_file(const std::string& path) {
  require(fs::exists(path), path,
          " does not exist; a run directory, .safetensors or .npz "
          "is accepted");
  if (!fs::is_directory(path)) return path;
  read_run(path);
  return fs::path(path) / "model.safetensors";
}

}  // namespace

json identify_init(const std::string& init) {
  if (init == "scratch") return init;
  if (init.starts_with(kMeanVar)) {
    return {{"mean_var", identify_init(init.substr(kMeanVar.size()))}};
  }
  const auto file = weight_file(init);
  if (fs::is_directory(init)) return {{"run", read_run(init)["id"]}};
  return {{"checkpoint", sha256_of_file(file)}};
}

void initialize_network(models::Bit& network, const std::string& init, uint64_t seed) {
  if (init == "scratch") return;
  const bool mean_var = init.starts_with(kMeanVar);
  const auto path = mean_var ? init.substr(kMeanVar.size()) : init;
  const auto weights = models::read_weights(weight_file(path));
  if (mean_var) {
    models::load_mean_and_variance(network, weights, seed, path);
  } else {
    models::load_weights(network, weights, models::Head::kNew, path);
  }
}

TrainedNetwork load_trained_network(const std::string& path) {
  const auto weights = models::read_weights(weight_file(path));
  const auto& architecture = models::recognize(weights, path);
  const auto head = weights.tensors.find("head.weight");
  require(head != weights.tensors.end() && head->second.dim() == 2, path,
          " has no head, so it predicts nothing; fine-tune it first");
  auto plan = models::fusion_from_metadata(weights.metadata, path);
  // Before anything is allocated by what the metadata says.
  const int64_t inputs = plan.num_head_inputs(architecture.feature_channels());
  require(head->second.size(1) == inputs, path, " has a head of ", head->second.size(1),
          " inputs where its fusion, views and attributes make ", inputs);
  TrainedNetwork out{
      models::CaseNetwork(architecture, head->second.size(0), std::move(plan), 0),
      "",
      "",
      {},
      ""};
  models::load_weights(out.network, weights, models::Head::kLoad, path);
  const auto field = [&](const char* name) {
    const auto found = weights.metadata.find(name);
    return found == weights.metadata.end() ? std::string() : found->second;
  };
  out.kind = field("kind");
  out.loss = field("loss");
  out.eval_preprocess = field("preprocess");
  const auto classes = json::parse(field("classes"), nullptr, /*allow_exceptions=*/false);
  if (classes.is_array()) {
    for (const auto& name : classes) {
      if (name.is_string()) out.classes.push_back(name.get<std::string>());
    }
  }
  require(out.classes.empty() ||
              static_cast<int64_t>(out.classes.size()) == out.network.num_classes(),
          path, " names ", out.classes.size(), " classes for ", out.network.num_classes(),
          " outputs");
  return out;
}

std::map<std::string, std::string> network_metadata(
    const std::string& architecture, const std::string& kind,
    const std::vector<std::string>& classes, const std::string& eval_preprocess,
    const models::FusionPlan& plan, const std::string& loss) {
  auto metadata = models::fusion_metadata(plan);
  metadata.insert({{"format", "medgraft"},
                   {"architecture", architecture},
                   {"classes", json(classes).dump()},
                   {"kind", kind},
                   {"preprocess", eval_preprocess},
                   {"loss", loss}});
  return metadata;
}

}  // namespace medgraft::app
