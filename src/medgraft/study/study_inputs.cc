#include "medgraft/study/study_inputs.h"

#include <filesystem>

#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/audit_record.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/loader.h"
#include "medgraft/study/run_directory.h"
#include "medgraft/train/hyper_rule_config.h"

namespace medgraft::study {
namespace fs = std::filesystem;

namespace {

DatasetDigest digest_of(const data::Dataset& dataset) {
  DatasetDigest digest{dataset.manifest_sha256, dataset.info_sha256};
  for (const int64_t index : dataset.cases_of(data::Split::kTrain)) {
    ++digest.num_train_cases;
    digest.num_train_images +=
        static_cast<int64_t>(dataset.cases[static_cast<size_t>(index)].images.size());
  }
  return digest;
}

}  // namespace

const DatasetDigest& StudyInputs::dataset(const std::string& path) {
  const auto known = datasets_.find(path);
  if (known != datasets_.end()) return known->second;
  return datasets_.emplace(path, digest_of(data::read_dataset(path))).first->second;
}

const DatasetDigest& StudyInputs::training_dataset(const std::string& path,
                                                   bool allow_leaks) {
  const auto training = data::read_training_dataset(path, allow_leaks);
  if (!training.pixels_are_audited()) unaudited_.insert(path);
  return datasets_.insert_or_assign(path, digest_of(training.dataset)).first->second;
}

int64_t StudyInputs::hyper_rule_resolution(const std::string& path) {
  const auto dataset = data::read_dataset(path, {.allow_patient_leaks = true});
  const auto train = dataset.cases_of(data::Split::kTrain);
  require(!train.empty(), path,
          " has no training cases from which to choose a resolution");
  const int64_t image = dataset.cases[static_cast<size_t>(train.front())].images.front();
  const data::Loader loader(dataset, "decode", {});
  const data::Draw draw{image, 0};
  auto loaded = loader.load({&draw, 1});
  const auto& pixels = loaded.front().value();
  return train::hyper_rule_resolution(pixels.height, pixels.width)[0];
}

const nlohmann::json& StudyInputs::initialization(const std::string& init) {
  const auto known = initializations_.find(init);
  if (known != initializations_.end()) return known->second;
  constexpr std::string_view kMeanVar = "mean_var:";
  nlohmann::json identity = init;
  if (init.starts_with(kMeanVar)) {
    identity = {{"mean_var", initialization(init.substr(kMeanVar.size()))}};
  } else if (fs::is_directory(init)) {
    const auto record = read_run_record(init);
    require(!record.id.empty(), "the checkpoint ", init,
            " is a folder without run.json; a run directory, .npz or .safetensors is "
            "accepted");
    identity = {{"run", record.id}};
  } else if (init != "scratch") {
    require(fs::is_regular_file(init), "the checkpoint ", init, " does not exist");
    identity = {{"checkpoint", sha256_of_file(init)}};
  }
  return initializations_.emplace(init, std::move(identity)).first->second;
}

}  // namespace medgraft::study
