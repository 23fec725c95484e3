#include "medgraft/evaluation/evaluate.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "command_line.h"
#include "evaluate_flags.h"
#include "evaluate_study.h"
#include "evaluate_table.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/evaluation/tidy_table.h"
#include "medgraft/report/progress_json.h"
#include "medgraft/study/study_results.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using evaluation::EvaluateOptions;
using nlohmann::json;

// Predictions, runs and studies as models; studies' cells into `options`.
struct Inputs {
  std::vector<evaluation::Model> models;
  json studies = json::array();
};

Inputs read_inputs(const std::vector<std::string>& arguments, EvaluateOptions& options) {
  const auto path_of = [](const std::string& argument) {
    return fs::exists(argument) ? argument : argument.substr(argument.find('=') + 1);
  };
  const auto num_studies =
      std::count_if(arguments.begin(), arguments.end(),
                    [&](const auto& each) { return is_study_folder(path_of(each)); });
  Inputs inputs;
  for (const auto& argument : arguments) {
    const auto path = path_of(argument);
    if (!is_study_folder(path)) {
      inputs.models.push_back(evaluation::read_model(argument));
      continue;
    }
    std::string prefix;
    if (path != argument) {
      prefix = argument.substr(0, argument.find('=')) + "/";
    } else if (num_studies > 1) {
      prefix = fs::weakly_canonical(path).filename().string() + "/";
    }
    auto study = read_study_input(path, prefix);
    inputs.studies.push_back(study.description);
    add_study(std::move(study), inputs.models, options);
  }
  return inputs;
}

}  // namespace

int run_evaluate(Arguments arguments) {
  CommandLine line("evaluate",
                   "scores predictions of ours or of any other tool, with intervals");
  EvaluateFlags flags;
  EvaluateOptions options;
  add_flags(line.app(), flags, options);
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  resolve_flags(flags, options);
  options.threads = common.num_threads();
  require(common.out.has_value() || common.json || !flags.csv.empty(),
          "--out evaluation.json is needed (or --json, to print it)");
  for (const auto& path : {common.out.value_or(""), flags.csv}) {
    require(path.empty() || common.force || !fs::exists(path), path,
            " exists; choose another file, or pass --force to replace it");
  }

  auto inputs = read_inputs(flags.inputs, options);
  require(!options.ensembles || !options.cells.empty(),
          "--ensemble needs cells: a study directory, or --cell ARM=MODEL,MODEL");
  auto document = evaluation::evaluate(inputs.models, options);
  for (auto& study : inputs.studies) {
    const auto results = study::read_study_results(study["folder"].get<std::string>());
    study.update(report::progress_json(results, {options.replicates, options.threads}));
  }
  if (!inputs.studies.empty()) document["studies"] = std::move(inputs.studies);
  if (common.out) write_file_atomically(*common.out, document.dump(2) + "\n");
  if (!flags.csv.empty()) {
    write_file_atomically(flags.csv, evaluation::tidy_table(document));
  }
  if (common.json) {
    std::cout << document.dump(2) << std::endl;
  } else if (!common.quiet) {
    print_evaluation(document);
  }
  return 0;
}

}  // namespace medgraft::app
