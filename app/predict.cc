#include <algorithm>
#include <filesystem>
#include <limits>

#include "command_line.h"
#include "compute_case_source.h"
#include "compute_device.h"
#include "compute_network.h"
#include "compute_predictions.h"
#include "medgraft/base/error.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;

struct PredictOptions {
  std::string checkpoint, dataset, split = "test", preprocess;
  std::vector<std::string> images;
  bool logits = false;
  int64_t batch = 32;
};

bool looks_like_an_image(const fs::path& path) {
  const auto extension = path.extension().string();
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg" ||
         extension == ".PNG" || extension == ".JPG" || extension == ".JPEG";
}

// Plain images as a data set: a case each, named by its path as given; no labels.
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
    std::vector<std::string> inside;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && looks_like_an_image(entry.path())) {
        inside.push_back(entry.path().string());
      }
    }
    require(!inside.empty(), path, " holds no PNG or JPEG image");
    std::sort(inside.begin(), inside.end());
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

std::vector<int64_t> cases_of(const data::Dataset& dataset, const std::string& split) {
  std::vector<int64_t> cases;
  for (int64_t i = 0; i < std::ssize(dataset.cases); ++i) {
    const auto own = dataset.cases[static_cast<size_t>(i)].split;
    if (split == "all" || data::to_string(own) == split) cases.push_back(i);
  }
  require(!cases.empty(), dataset.info.name, " has no case in split ", split,
          "; --split takes train, val, test or all");
  return cases;
}

void predict(const PredictOptions& options, const CommonOptions& common) {
  require(options.dataset.empty() != options.images.empty(),
          "give either --data DATASET or --images PATH...");
  require(common.out.has_value(), "--out FILE.csv is needed");
  require(common.force || !fs::exists(*common.out), *common.out,
          " exists; choose another --out, or pass --force to replace it");
  const int threads = prepare_device(common);
  const auto trained = load_trained_network(options.checkpoint);
  const auto preprocess =
      options.preprocess.empty() ? trained.eval_preprocess : options.preprocess;
  require(!preprocess.empty(), options.checkpoint,
          " does not say how its images were prepared; give --preprocess, such as "
          "\"decode|resize(480)|to_rgb|normalize(-1,1)\"");

  auto classes = trained.classes;
  for (int64_t k = 0; trained.classes.empty() && k < trained.network.num_classes(); ++k) {
    classes.push_back(std::to_string(k));
  }
  const bool multiclass =
      trained.kind == "multiclass" || (trained.kind.empty() && classes.size() > 1);
  const auto dataset =
      options.images.empty()
          ? data::read_dataset(options.dataset, {.allow_patient_leaks = true})
          : dataset_of_images(options.images, classes, multiclass);
  const auto cases = cases_of(dataset, options.images.empty() ? options.split : "test");

  UnreadableImages unreadable(0);
  CaseSetOptions set_options;
  set_options.preprocess = preprocess;
  set_options.threads = threads;
  set_options.outputs = classes;
  const auto set = make_case_set(dataset, cases, std::vector<std::string>(cases.size()),
                                 set_options, unreadable);
  Progress progress("predict", set.num_images(), common.quiet || common.json);
  const auto predicted = train::predict(
      trained.network, multiclass ? train::LossKind::kSoftmax : train::LossKind::kSigmoid,
      set, options.batch, [&](int64_t done) { progress.update(done, ""); });
  auto rows =
      to_predictions(dataset, cases, predicted, classes, {},
                     options.images.empty() ? options.split : "test", options.logits);
  rows.multiclass = multiclass;
  for (size_t i = 0; options.split == "all" && i < cases.size(); ++i) {
    rows.splits[i] = data::to_string(dataset.cases[static_cast<size_t>(cases[i])].split);
  }
  evaluation::write_predictions(*common.out, rows);
}

}  // namespace

int run_predict(Arguments arguments) {
  CommandLine line("predict",
                   "writes a network's probabilities for images or a data set");
  PredictOptions options;
  line.app()
      .add_option("--checkpoint", options.checkpoint,
                  "run directory, .safetensors or .npz")
      ->required();
  line.app().add_option("--data", options.dataset, "data set: folder or dataset.toml");
  line.app()
      .add_option("--split", options.split, "train, val, test or all")
      ->capture_default_str();
  line.app().add_option("--images", options.images, "images or folders of images");
  line.app().add_flag("--logits", options.logits, "add logit:NAME columns");
  line.app().add_option("--preprocess", options.preprocess,
                        "instead of the network's own evaluation preprocessing");
  line.app()
      .add_option("--batch", options.batch, "images at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  if (!line.parse(arguments)) return 0;
  predict(options, line.common());
  return 0;
}

}  // namespace medgraft::app
