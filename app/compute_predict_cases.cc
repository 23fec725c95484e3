#include "compute_predict_cases.h"

#include <filesystem>
#include <limits>

#include "compute_predictions.h"
#include "medgraft/base/error.h"
#include "medgraft/data/image_list.h"

namespace medgraft::app {

namespace fs = std::filesystem;

data::Dataset dataset_of_images(const std::vector<std::string>& paths,
                                const std::vector<std::string>& classes,
                                bool multiclass) {
  data::Dataset dataset;
  dataset.info.kind = multiclass ? data::Kind::kMulticlass : data::Kind::kMultilabel;
  dataset.info.labels = classes;
  dataset.info.patients_are_known = false;
  dataset.info.root = fs::current_path();
  std::vector<std::string> files;
  for (const auto& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const auto inside = data::images_in_folder(path);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  for (const auto& file : files) {
    const auto index = static_cast<int64_t>(dataset.images.size());
    data::CaseEntry entry;
    entry.id = file;
    entry.split = data::Split::kTest;
    entry.labels.assign(multiclass ? 1 : classes.size(),
                        std::numeric_limits<float>::quiet_NaN());
    entry.images = {index};
    dataset.cases.push_back(entry);
    dataset.images.push_back({file, "", "", index});
  }
  return dataset;
}

std::vector<int64_t> cases_of(const data::Dataset& dataset,
                              const PredictOptions& options) {
  const auto split = options.images.empty() ? options.split : "test";
  if (split == "test" && !options.split_name.empty()) return external_cases(dataset);
  std::vector<int64_t> cases;
  for (int64_t i = 0; i < std::ssize(dataset.cases); ++i) {
    const auto own = dataset.cases[static_cast<size_t>(i)].split;
    if (split == "all" || data::to_string(own) == split) cases.push_back(i);
  }
  require(!cases.empty(), dataset.info.name, " has no case in split ", split,
          "; --split takes train, val, test or all");
  return cases;
}

}  // namespace medgraft::app
