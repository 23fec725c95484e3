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

std::optional<Checkpoint> load_checkpoint(const fs::path& folder) {
  if (!fs::exists(folder / kLatest)) return std::nullopt;
  auto name = read_file(folder / kLatest);
  name.resize(std::min(name.find('\n'), name.size()));
  const auto path = folder / name;
  const auto state =
      json::parse(read_file(path / "state.json"), nullptr, /*allow_exceptions=*/false);
  const auto damaged = [&] {
    return UserError(text((path / "state.json").string(),
                          " is damaged; remove the checkpoint folder to start again"));
  };
  if (!state.is_object()) throw damaged();
  try {
    Checkpoint checkpoint;
    checkpoint.step = state.at("step");
    checkpoint.seconds = state.at("seconds");
    checkpoint.lengths = state.at("lengths").get<std::map<std::string, int64_t>>();
    checkpoint.determinism = state.at("determinism");
    checkpoint.weights = models::read_safetensors(path / "weights.safetensors").tensors;
    checkpoint.optimizer =
        models::read_safetensors(path / "optimizer.safetensors").tensors;
    if (state.contains("best")) {
      const auto& best = state.at("best");
      checkpoint.best = {best.at("metric"), best.at("value"), best.at("step"),
                         models::read_safetensors(path / "best.safetensors").tensors};
    }
    return checkpoint;
  } catch (const json::exception&) {
    throw damaged();
  }
}

}  // namespace medgraft::train
