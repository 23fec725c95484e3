#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "commands.h"
#include "compute_predictor.h"
#include "medgraft/base/error.h"
#include "medgraft/image/corruption.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;

constexpr char kExamples[] =
    "Examples:\n"
    "  medgraft predict --checkpoint runs/chest --data chest --out test.csv\n"
    "  medgraft predict --checkpoint runs/chest --images scans/ --out scans.csv\n"
    "  medgraft predict --checkpoint runs/chest --data nih --split-name ood-nih "
    "--labels pneumonia=abnormal --out nih.csv\n"
    "  medgraft predict --checkpoint runs/chest --data chest --corrupt all "
    "--out corrupted.csv\n";

void print_summary(const evaluation::Predictions& rows, const CommonOptions& common) {
  std::map<std::string, int64_t> splits;
  for (const auto& split : rows.splits) ++splits[split];
  if (common.json) {
    const nlohmann::json summary = {
        {"out", *common.out}, {"rows", rows.num_cases()}, {"splits", splits}};
    std::printf(
        "%s\n",
        summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!common.quiet) {
    std::printf("%s, rows: %s\n", common.out->c_str(), text(rows.num_cases()).c_str());
    for (const auto& [split, count] : splits) {
      std::printf("  %-20s %s\n", split.c_str(), text(count).c_str());
    }
  }
}

void predict(const PredictOptions& options, const CommonOptions& common) {
  require(options.dataset.empty() != options.images.empty(),
          "give either --data DATASET or --images PATH...");
  require(common.out.has_value(), "--out FILE.csv is needed");
  require(common.force || !fs::exists(*common.out), *common.out,
          " exists; choose another --out, or pass --force to replace it");
  const auto folder = fs::path(*common.out).parent_path();
  require(folder.empty() || fs::is_directory(folder), "--out ", *common.out,
          ": there is no folder ", folder.string(), "; make it first");
  require(options.images.empty() || options.split == "test", "--split ", options.split,
          " is of --data; plain images have no splits");
  const auto rows = make_predictions(options, common);
  evaluation::write_predictions(*common.out, rows);
  print_summary(rows, common);
}

std::string list_of_corruptions() {
  std::string out;
  for (const auto name : image::corruption_names()) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

void add_flags(CLI::App& app, PredictOptions& options) {
  app.add_option("--checkpoint", options.checkpoint,
                 "the network: run directory, .safetensors or .npz")
      ->required();
  app.add_option("--data", options.dataset, "data set: folder or dataset.toml");
  app.add_option("--split", options.split,
                 "which of its cases: train, val, test or all, each under its own")
      ->capture_default_str();
  app.add_option("--images", options.images,
                 "instead of --data: PNG, JPEG or DICOM files, or folders of them; a row "
                 "each, without labels");
  app.add_flag("--logits", options.logits, "add logit:NAME columns");
  app.add_flag("--features", options.features,
               "add feature:0, feature:1, ... columns: the pooled activations below "
               "the head, the mean over a case's images");
  app.add_option("--split-name", options.split_name,
                 "what the split column says instead, such as ood-nih of another "
                 "hospital's set, which is taken whole if it has no test split");
  app.add_option("--labels", options.labels,
                 "model_label=column, repeatable: which column of the data set has the "
                 "network's label, where its name differs");
  app.add_option("--corrupt", options.corruptions,
                 "worse copies of the pictures, as rows of split ood-NAME-SEVERITY: "
                 "NAME:SEVERITY (1 to 5), NAME (all five) or all; NAME is one of " +
                     list_of_corruptions() +
                     ". One copy stands alone, several follow the pictures as they are");
  app.add_option("--corrupt-seed", options.corrupt_seed,
                 "decides, with each case's name, what noise and motion draw")
      ->capture_default_str();
  app.add_option("--preprocess", options.preprocess,
                 "instead of the network's own evaluation preprocessing");
  app.add_option("--batch", options.batch, "images at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  app.add_option("--test-access-log", options.test_access_log,
                 "where reads of test data are recorded; a run directory's own "
                 "test_access.jsonl by default");
}

}  // namespace

int run_predict(Arguments arguments) {
  CommandLine line("predict",
                   "writes a network's probabilities for images or a data set");
  PredictOptions options;
  add_flags(line.app(), options);
  line.set_footer(kExamples);
  if (!line.parse(arguments)) return 0;
  predict(options, line.common());
  return 0;
}

}  // namespace medgraft::app
