#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "medgraft/config/identity.h"
#include "medgraft/train/run_config.h"

namespace medgraft::train {

/// The defaults that run ids leave out, as they stood at identity version 1. Never
/// edited: a default that changes, or a new setting, must not change the ids of old runs.
inline constexpr const char* kFrozenDefaults = R"({
  "data": {"resolution": null, "subset_seed": 0, "train_fraction": 1.0, "val_fraction": 1.0},
  "evaluate": {"ood": [], "splits": ["val", "test"]},
  "model": {"architecture": "R50x1", "fusion": "none"},
  "preprocess": {"eval": "auto", "train": "auto"},
  "search": {"lr": [], "seeds": [], "steps": null},
  "train": {"batch": 512, "class_weights": "none", "decay": 0.1, "epochs": null,
            "evaluate_every": 50, "label_smoothing": 0.0, "loss": "auto", "lr": null,
            "milestones": [], "mixup": null, "momentum": 0.9, "optimizer": "sgd",
            "precision": "auto", "schedule": "auto", "seed": 0, "select": "auto",
            "steps": null, "warmup_steps": null, "weight_decay": null}
})";

/// A data set by content.
struct DatasetDigest {
  std::string manifest_sha256, info_sha256;
};

/// What enters a run's identity besides its configuration.
struct RunInputs {
  std::string command;  ///< "finetune" or "pretrain"
  DatasetDigest dataset;
  std::map<std::string, DatasetDigest> ood;  ///< By name.
  /// "scratch", {"run": id}, {"checkpoint": sha256}, or one of the latter two under
  /// "mean_var".
  nlohmann::json init;
};

inline nlohmann::json to_json(const DatasetDigest& digest) {
  return {{"manifest", digest.manifest_sha256}, {"info", digest.info_sha256}};
}

/// @param config before `auto` is resolved, so that an id needs no pixel.
/// @return what the run's id is the SHA-256 of.
inline nlohmann::json run_identity(const RunConfig& config, const RunInputs& inputs) {
  auto fields = config::result_fields(config);
  // A searched rate is a result of the search, which is in the identity instead.
  if (!config.search.lr.empty()) fields["train"].erase("lr");
  auto identity =
      config::without_defaults(fields, nlohmann::json::parse(kFrozenDefaults));
  identity["command"] = inputs.command;
  identity["dataset"] = to_json(inputs.dataset);
  identity["init"] = inputs.init;
  for (const auto& [name, digest] : inputs.ood) identity["ood"][name] = to_json(digest);
  return identity;
}

}  // namespace medgraft::train
