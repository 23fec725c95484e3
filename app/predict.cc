#include <filesystem>
#include <limits>

#include "command_line.h"
#include "compute_case_source.h"
#include "compute_device.h"
#include "compute_fusion.h"
#include "compute_network.h"
#include "compute_predictions.h"
#include "compute_run_folder.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/data/image_list.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct PredictOptions {
  std::string checkpoint, dataset, split = "test", preprocess, test_access_log;
  std::vector<std::string> images;
  bool logits = false;
  int64_t batch = 32;
};

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

train::LossKind loss_kind(const TrainedNetwork& trained, bool multiclass) {
  const bool softmax = trained.loss.empty() ? multiclass : trained.loss == "softmax";
  return softmax ? train::LossKind::kSoftmax : train::LossKind::kSigmoid;
}

// Whoever looks at test data through a run's network leaves a line on the run's record.
void record_test_access(const PredictOptions& options, const data::Dataset& dataset,
                        size_t num_cases) {
  const bool reads_test = options.split == "test" || options.split == "all";
  auto log = fs::path(options.test_access_log);
  json run;
  if (fs::is_directory(options.checkpoint)) {
    if (log.empty()) log = fs::path(options.checkpoint) / "test_access.jsonl";
    run = identify_init(options.checkpoint)["run"];
  }
  if (!reads_test || log.empty()) return;
  append_test_access(log, {{"time", utc_now()},
                           {"run", run},
                           {"command", "predict"},
                           {"dataset", dataset.info.name},
                           {"split", options.split},
                           {"cases", num_cases}});
}

// To the caller cases go by their own names.
std::vector<std::string> names_of(const data::Dataset& dataset,
                                  const std::vector<int64_t>& cases) {
  std::vector<std::string> names;
  for (const int64_t i : cases) names.push_back(dataset.cases[static_cast<size_t>(i)].id);
  return names;
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

  require_views(dataset, cases, trained.network.plan());
  if (options.images.empty()) record_test_access(options, dataset, cases.size());

  UnreadableImages unreadable(0);
  CaseSetOptions set_options;
  set_options.preprocess = preprocess;
  set_options.threads = threads;
  set_options.outputs = classes;
  set_options.plan = trained.network.plan();
  const auto set =
      make_case_set(dataset, cases, names_of(dataset, cases), set_options, unreadable);
  Progress progress("predict", set.num_images(), common.quiet || common.json);
  const auto predicted =
      train::predict(trained.network, loss_kind(trained, multiclass), set, options.batch,
                     [&](int64_t done) { progress.update(done, ""); });
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
  line.app().add_option("--images", options.images,
                        "PNG, JPEG or DICOM files, or folders of them");
  line.app().add_flag("--logits", options.logits, "add logit:NAME columns");
  line.app().add_option("--preprocess", options.preprocess,
                        "instead of the network's own evaluation preprocessing");
  line.app()
      .add_option("--batch", options.batch, "images at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  line.app().add_option("--test-access-log", options.test_access_log,
                        "where reads of test data are recorded; a run directory's own "
                        "test_access.jsonl by default");
  if (!line.parse(arguments)) return 0;
  predict(options, line.common());
  return 0;
}

}  // namespace medgraft::app
