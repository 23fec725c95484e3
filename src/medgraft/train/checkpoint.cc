#include "medgraft/train/checkpoint.h"

#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"

namespace medgraft::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kLatest = "latest";

void remove_others(const fs::path& folder, const std::string& kept) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("step-") && name != kept) fs::remove_all(entry.path());
  }
}

std::optional<fs::path> latest(const fs::path& folder) {
  if (!fs::exists(folder / kLatest)) return std::nullopt;
  auto name = read_file(folder / kLatest);
  name.resize(std::min(name.find('\n'), name.size()));
  return folder / name;
}

bool is_state(const json& state) {
  const auto has = [&](const json& table, const char* key, json::value_t type) {
    return table.contains(key) && table[key].type() == type;
  };
  if (!state.is_object() || !state.contains("step") ||
      !state["step"].is_number_integer() || !state.contains("seconds") ||
      !state["seconds"].is_number() || !has(state, "lengths", json::value_t::object) ||
      !has(state, "determinism", json::value_t::object)) {
    return false;
  }
  for (const auto& length : state["lengths"]) {
    if (!length.is_number_integer()) return false;
  }
  if (!state.contains("best")) return true;
  const auto& best = state["best"];
  return best.is_object() && has(best, "metric", json::value_t::string) &&
         best.contains("value") && best["value"].is_number() && best.contains("step") &&
         best["step"].is_number_integer();
}

json read_state(const fs::path& path) {
  auto state =
      json::parse(read_file(path / "state.json"), nullptr, /*allow_exceptions=*/false);
  require(is_state(state), (path / "state.json").string(),
          " is damaged; remove the checkpoint folder to start again");
  return state;
}

}  // namespace

void save_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  const auto name = text("step-", checkpoint.step);
  const auto path = folder / name;
  fs::remove_all(path);  // Left by a run that was killed while it wrote.
  fs::create_directories(path);
  json state = {{"step", checkpoint.step},
                {"seconds", checkpoint.seconds},
                {"lengths", checkpoint.lengths},
                {"determinism", checkpoint.determinism}};
  models::write_safetensors(path / "weights.safetensors", {checkpoint.weights, {}});
  models::write_safetensors(path / "optimizer.safetensors", {checkpoint.optimizer, {}});
  if (checkpoint.best) {
    models::write_safetensors(path / "best.safetensors", {checkpoint.best->weights, {}});
    state["best"] = {{"metric", checkpoint.best->metric},
                     {"value", checkpoint.best->value},
                     {"step", checkpoint.best->step}};
  }
  write_file_atomically(path / "state.json", state.dump(2) + "\n");
  sync_folder(folder);
  write_file_atomically(folder / kLatest, name + "\n");
  remove_others(folder, name);
}

std::optional<CheckpointState> read_checkpoint_state(const fs::path& folder) {
  const auto path = latest(folder);
  if (!path) return std::nullopt;
  const auto state = read_state(*path);
  return CheckpointState{state.at("step"), state.at("determinism")};
}

std::optional<Checkpoint> load_checkpoint(const fs::path& folder) {
  const auto path = latest(folder);
  if (!path) return std::nullopt;
  const auto state = read_state(*path);
  Checkpoint checkpoint;
  checkpoint.step = state.at("step");
  checkpoint.seconds = state.at("seconds");
  checkpoint.lengths = state.at("lengths").get<std::map<std::string, int64_t>>();
  checkpoint.determinism = state.at("determinism");
  checkpoint.weights = models::read_safetensors(*path / "weights.safetensors").tensors;
  checkpoint.optimizer =
      models::read_safetensors(*path / "optimizer.safetensors").tensors;
  if (state.contains("best")) {
    const auto& best = state.at("best");
    checkpoint.best = {best.at("metric"), best.at("value"), best.at("step"),
                       models::read_safetensors(*path / "best.safetensors").tensors};
  }
  return checkpoint;
}

}  // namespace medgraft::train
