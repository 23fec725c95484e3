#include <filesystem>

#include "command_line.h"
#include "commands.h"
#include "compute_predictor.h"
#include "medgraft/base/error.h"
#include "medgraft/image/corruption.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;

void predict(const PredictOptions& options, const CommonOptions& common) {
  require(options.dataset.empty() != options.images.empty(),
          "give either --data DATASET or --images PATH...");
  require(common.out.has_value(), "--out FILE.csv is needed");
  require(common.force || !fs::exists(*common.out), *common.out,
          " exists; choose another --out, or pass --force to replace it");
  evaluation::write_predictions(*common.out, make_predictions(options, common));
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
