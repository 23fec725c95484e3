#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace medgraft::study {

/// What a plan needs to know of a data set.
struct DatasetDigest {
  std::string manifest_sha256, info_sha256;
  int64_t num_train_images = 0;
};

/// Reads and hashes the inputs of a study, each once.
class StudyInputs {
 public:
  /// @param path a folder with a dataset.toml, or that file.
  /// @throws UserError where the data set cannot be read.
  const DatasetDigest& dataset(const std::string& path);

  /// @return the pixels a side that HyperRule gives images as large as the first training
  /// image: 128 below 96 x 96, else 384. Source: Kolesnikov et al. 2020, section 3.3,
  /// with the crop sizes of the paper's third version.
  int64_t hyper_rule_resolution(const std::string& path);

  /// @param path .npz, .safetensors, a run directory (its model.safetensors), or
  /// "mean_var:PATH". @return SHA-256. @throws UserError if there is no such file.
  const std::string& checkpoint(const std::string& path);

 private:
  std::map<std::string, DatasetDigest> datasets_;
  std::map<std::string, std::string> checkpoints_;
};

}  // namespace medgraft::study
