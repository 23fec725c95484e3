#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
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

  /// The same of a data set to train on. @throws UserError also where it leaks by its
  /// audit's record, unless `allow_leaks`.
  const DatasetDigest& training_dataset(const std::string& path, bool allow_leaks);

  /// @return those of the training data sets whose pixels nobody audited.
  const std::set<std::string>& unaudited() const { return unaudited_; }

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
  std::set<std::string> unaudited_;
};

}  // namespace medgraft::study
