#include <filesystem>
#include <limits>

#include "command_line.h"
#include "compute_case_source.h"
#include "compute_corruption.h"
#include "compute_device.h"
#include "compute_fusion.h"
#include "compute_network.h"
#include "compute_predictions.h"
#include "compute_run_folder.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/data/image_list.h"
#include "medgraft/image/corruption.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct PredictOptions {
  std::string checkpoint, dataset, split = "test", split_name, preprocess,
                                   test_access_log;
  std::vector<std::string> images, corruptions, labels;
  bool logits = false, features = false;
  uint64_t corrupt_seed = 0;
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
  append_test_access(
      log, {{"time", utc_now()},
            {"run", run},
            {"command", "predict"},
            {"dataset", dataset.info.name},
            {"split", options.split_name.empty() ? options.split : options.split_name},
            {"cases", num_cases}});
}

// To the caller cases go by their own names.
std::vector<std::string> names_of(const data::Dataset& dataset,
                                  const std::vector<int64_t>& cases) {
  std::vector<std::string> names;
  for (const int64_t i : cases) names.push_back(dataset.cases[static_cast<size_t>(i)].id);
  return names;
}

// One pass over the cases.
struct Pass {
  std::string split, preprocess;
};

// The pictures as they are, then corrupted; one corruption alone stands for itself.
std::vector<Pass> passes_of(const PredictOptions& options,
                            const std::string& preprocess) {
  const auto own = options.images.empty() ? options.split : "test";
  const auto corruptions = parse_corruptions(options.corruptions);
  require(options.split_name.empty() || corruptions.size() < 2,
          "--split-name names one split and --corrupt asks for ", corruptions.size(),
          "; leave it out");
  const auto named = [&](const std::string& split) {
    return options.split_name.empty() ? split : options.split_name;
  };
  std::vector<Pass> passes;
  if (corruptions.size() != 1) passes.push_back({named(own), preprocess});
  const auto program = image::Program::parse(preprocess);
  for (const auto& corruption : corruptions) {
    passes.push_back(
        {named(corruption.split()), program.with_step_after_sizing(corruption.step())});
  }
  return passes;
}

// Each case under its own split.
void name_own_splits(evaluation::Predictions& rows, const data::Dataset& dataset,
                     const std::vector<int64_t>& cases) {
  for (size_t i = 0; i < cases.size(); ++i) {
    rows.splits[i] = data::to_string(dataset.cases[static_cast<size_t>(cases[i])].split);
  }
}

// What the cases of a data set are predicted by, pass after pass.
class Predictor {
 public:
  Predictor(const PredictOptions& options, const CommonOptions& common)
      : options_(options),
        common_(common),
        threads_(prepare_device(common)),
        trained_(load_trained_network(options.checkpoint)),
        classes_(trained_.classes) {
    for (int64_t k = 0; trained_.classes.empty() && k < trained_.network.num_classes();
         ++k) {
      classes_.push_back(std::to_string(k));
    }
    multiclass_ =
        trained_.kind == "multiclass" || (trained_.kind.empty() && classes_.size() > 1);
    read_dataset();
    label_map_ = parse_label_map(options.labels, classes_, dataset_.info);
  }

  evaluation::Predictions run() {
    const auto passes = passes_of(options_, preprocess());
    if (options_.images.empty()) record_test_access(options_, dataset_, cases_.size());
    evaluation::Predictions out;
    Progress progress("predict", std::ssize(passes) * std::ssize(dataset_.images),
                      common_.quiet || common_.json);
    for (const auto& pass : passes) {
      auto rows = predict(pass, progress);
      if (&pass == &passes.front()) {
        out = std::move(rows);
      } else {
        append_rows(out, rows);
      }
    }
    return out;
  }

 private:
  std::string preprocess() const {
    const auto& text =
        options_.preprocess.empty() ? trained_.eval_preprocess : options_.preprocess;
    require(!text.empty(), options_.checkpoint,
            " does not say how its images were prepared; give --preprocess, such as "
            "\"decode|resize(480)|to_rgb|normalize(-1,1)\"");
    return text;
  }

  void read_dataset() {
    dataset_ = options_.images.empty()
                   ? data::read_dataset(options_.dataset, {.allow_patient_leaks = true})
                   : dataset_of_images(options_.images, classes_, multiclass_);
    const bool is_multiclass = dataset_.info.kind == data::Kind::kMulticlass;
    require(trained_.kind.empty() || multiclass_ == is_multiclass, options_.checkpoint,
            " tells ", multiclass_ ? "classes" : "labels", " and ", dataset_.info.name,
            " is ", data::to_string(dataset_.info.kind),
            "; a set of the network's own kind is accepted");
    cases_ = cases_of(dataset_, options_);
    require_views(dataset_, cases_, trained_.network.plan());
  }

  evaluation::Predictions predict(const Pass& pass, Progress& progress) {
    UnreadableImages unreadable(0);
    CaseSetOptions set_options;
    set_options.preprocess = pass.preprocess;
    set_options.threads = threads_;
    set_options.outputs = classes_;
    set_options.label_map = label_map_;
    set_options.plan = trained_.network.plan();
    if (!options_.corruptions.empty()) set_options.seed_by_case = options_.corrupt_seed;
    const auto set = make_case_set(dataset_, cases_, names_of(dataset_, cases_),
                                   set_options, unreadable);
    const auto predicted = train::predict(
        trained_.network, loss_kind(trained_, multiclass_), set, options_.batch,
        [&](int64_t done) { progress.update(num_done_ + done, ""); }, options_.features);
    num_done_ += set.num_images();
    auto rows = to_predictions(dataset_, cases_, predicted, classes_, label_map_,
                               pass.split, options_.logits);
    rows.multiclass = multiclass_;
    if (pass.split == "all") name_own_splits(rows, dataset_, cases_);
    return rows;
  }

  const PredictOptions& options_;
  const CommonOptions& common_;
  int threads_;
  TrainedNetwork trained_;
  std::vector<std::string> classes_;
  bool multiclass_ = false;
  data::Dataset dataset_;
  std::vector<int64_t> cases_;
  std::map<std::string, std::string> label_map_;
  int64_t num_done_ = 0;
};

void predict(const PredictOptions& options, const CommonOptions& common) {
  require(options.dataset.empty() != options.images.empty(),
          "give either --data DATASET or --images PATH...");
  require(common.out.has_value(), "--out FILE.csv is needed");
  require(common.force || !fs::exists(*common.out), *common.out,
          " exists; choose another --out, or pass --force to replace it");
  evaluation::write_predictions(*common.out, Predictor(options, common).run());
}

std::string list_of_corruptions() {
  std::string out;
  for (const auto name : image::corruption_names()) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
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
  line.app().add_flag(
      "--features", options.features,
      "add feature:0, feature:1, ... columns: the pooled activations below "
      "the head, the mean over a case's images");
  line.app().add_option("--split-name", options.split_name,
                        "what the split column says instead, such as ood-nih");
  line.app().add_option("--labels", options.labels,
                        "model_label=column of the data set, where they differ");
  line.app().add_option("--corrupt", options.corruptions,
                        "NAME:SEVERITY, NAME or all: " + list_of_corruptions() +
                            " at severities 1 to 5, as splits ood-NAME-SEVERITY; several "
                            "come behind the pictures as they are");
  line.app()
      .add_option("--corrupt-seed", options.corrupt_seed,
                  "of the noise and the motion, beside each case's name")
      ->capture_default_str();
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
