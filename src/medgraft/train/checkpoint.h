#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "medgraft/models/safetensors.h"

namespace medgraft::train {

/// The weights that validation liked best so far.
struct Best {
  std::string metric;
  double value = 0;
  int64_t step = -1;
  models::NamedTensors weights;  ///< Copies.
};

/// Everything that a run needs to go on as if it had never stopped. The order of images,
/// augmentation and MixUp are functions of seed and step, so the step stands for the
/// sampler's and the generators' state.
struct Checkpoint {
  int64_t step = 0;  ///< Steps done.
  double seconds = 0;
  models::NamedTensors weights, optimizer;
  std::optional<Best> best;
  std::map<std::string, int64_t> lengths;  ///< RunWriter::lengths().
  nlohmann::json determinism;  ///< Threads, instruction set, precision, micro-batch.
};

/// Writes `folder`/step-N, then names it in `folder`/latest, then removes older ones: a
/// machine that stops in between leaves the previous checkpoint in force.
void save_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint);

/// What a resume has to know before anything is set up.
struct CheckpointState {
  int64_t step = 0;
  nlohmann::json determinism;
};

/// As load_checkpoint(), without the tensors.
std::optional<CheckpointState> read_checkpoint_state(const std::filesystem::path& folder);

/// @return what `folder`/latest names; nothing where there is none.
/// @throws UserError naming the file if it is damaged.
std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& folder);

}  // namespace medgraft::train
