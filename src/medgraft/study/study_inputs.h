#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace medgraft::study {

/// What a plan needs to know of a data set.
struct DatasetDigest {
  std::string manifest_sha256, info_sha256;
  int64_t num_train_images = 0, num_train_cases = 0;
};

/// Reads and hashes the inputs of a study, each once.
class StudyInputs {
 public:
  /// @param path a folder with a dataset.toml, or that file.
  /// @throws UserError where the data set cannot be read.
  const DatasetDigest& dataset(const std::string& path);

  /// @return the pixels a side that HyperRule gives images as large as the first training
  /// image of the data set at `path`.
  int64_t hyper_rule_resolution(const std::string& path);

  /// @param init "scratch", .npz, .safetensors, a run directory, or "mean_var:" before
  /// one of the latter three.
  /// @return what it is in a run's identity (RunInputs::init).
  /// @throws UserError if there is no such file.
  const nlohmann::json& initialization(const std::string& init);

 private:
  std::map<std::string, DatasetDigest> datasets_;
  std::map<std::string, nlohmann::json> initializations_;
};

}  // namespace medgraft::study
