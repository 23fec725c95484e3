#include "medgraft/study/study_inputs.h"

#include <filesystem>

#include "medgraft/base/error.h"
#include "medgraft/base/sha256.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/loader.h"

namespace medgraft::study {
namespace fs = std::filesystem;

const DatasetDigest& StudyInputs::dataset(const std::string& path) {
  const auto known = datasets_.find(path);
  if (known != datasets_.end()) return known->second;
  const auto dataset = data::read_dataset(path);
  DatasetDigest digest{dataset.manifest_sha256, dataset.info_sha256};
  for (const int64_t index : dataset.cases_of(data::Split::kTrain)) {
    digest.num_train_images +=
        static_cast<int64_t>(dataset.cases[static_cast<size_t>(index)].images.size());
  }
  return datasets_.emplace(path, digest).first->second;
}

int64_t StudyInputs::hyper_rule_resolution(const std::string& path) {
  constexpr int64_t kSmallArea = 96 * 96, kSmall = 128, kLarge = 384;
  const auto dataset = data::read_dataset(path);
  const auto train = dataset.cases_of(data::Split::kTrain);
  require(!train.empty(), path,
          " has no training cases from which to choose a resolution");
  const int64_t image = dataset.cases[static_cast<size_t>(train.front())].images.front();
  const data::Loader loader(dataset, "decode", {});
  const data::Draw draw{image, 0};
  auto loaded = loader.load({&draw, 1});
  const auto& pixels = loaded.front().value();
  return pixels.height * pixels.width < kSmallArea ? kSmall : kLarge;
}

const std::string& StudyInputs::checkpoint(const std::string& path) {
  const auto known = checkpoints_.find(path);
  if (known != checkpoints_.end()) return known->second;
  constexpr std::string_view kMeanVar = "mean_var:";
  fs::path file = path.starts_with(kMeanVar) ? path.substr(kMeanVar.size()) : path;
  if (fs::is_directory(file)) file /= "model.safetensors";
  require(fs::is_regular_file(file), "the checkpoint ", file.string(), " does not exist");
  return checkpoints_.emplace(path, sha256_of_file(file)).first->second;
}

}  // namespace medgraft::study
