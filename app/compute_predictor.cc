#include "compute_predictor.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "compute_case_source.h"
#include "compute_corruption.h"
#include "compute_device.h"
#include "compute_fusion.h"
#include "compute_network.h"
#include "compute_predict_cases.h"
#include "compute_predictions.h"
#include "compute_run_folder.h"
#include "medgraft/base/error.h"
#include "medgraft/base/time.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

constexpr int64_t kCacheBytes = int64_t{512} << 20;

// One pass over the cases.
struct Pass {
  std::string split, preprocess;
  bool is_corrupted = false;
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
    passes.push_back({named(corruption.split()),
                      program.with_step_after_sizing(corruption.step()), true});
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
    if (options.images.empty() && !common.quiet) note_missing_labels();
  }

  evaluation::Predictions run() {
    const auto passes = passes_of(options_, preprocess());
    if (options_.images.empty()) record_test_access(options_, dataset_, cases_.size());
    evaluation::Predictions out;
    Progress progress("predict", std::ssize(passes) * num_images(),
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

  int64_t num_images() const {
    int64_t count = 0;
    for (const int64_t i : cases_) {
      count += std::ssize(dataset_.cases[static_cast<size_t>(i)].images);
    }
    return count;
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

  // Whoever predicts pictures without labels may mean it, so this is no mistake.
  void note_missing_labels() const {
    const auto& known = dataset_.info.labels;
    const bool has_any = std::ranges::any_of(classes_, [&](const auto& name) {
      return label_map_.contains(name) || std::ranges::find(known, name) != known.end();
    });
    if (has_any) return;
    const auto& label = classes_.front();
    const auto note =
        text("note: ", dataset_.info.name, " has none of the network's ", classes_.size(),
             multiclass_ ? " classes" : " labels", ", such as ", label,
             ", so label columns stay blank; --labels ", label, "=COLUMN names one");
    std::fprintf(stderr, "%s\n", note.c_str());
  }

  evaluation::Predictions predict(const Pass& pass, Progress& progress) {
    UnreadableImages unreadable(0, "");
    CaseSetOptions set_options;
    set_options.preprocess = pass.preprocess;
    set_options.threads = threads_;
    if (pass.is_corrupted) set_options.cache = prepared_;
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
  // Sized pictures, for one corruption after the other.
  std::shared_ptr<data::PreparedCache> prepared_ =
      std::make_shared<data::PreparedCache>(kCacheBytes);
  int64_t num_done_ = 0;
};

}  // namespace

evaluation::Predictions make_predictions(const PredictOptions& options,
                                         const CommonOptions& common) {
  return Predictor(options, common).run();
}

}  // namespace medgraft::app
