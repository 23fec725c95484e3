// medgraft-coverage: how often intervals hold the truth and tests reject a true null
// hypothesis, in simulated data sets. Each condition is written as it is done, so that a
// study that was stopped goes on where it was.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <regex>
#include <string>
#include <thread>

#include "coverage/results.h"
#include "coverage/run_study.h"
#include "medgraft/base/error.h"

namespace medgraft::coverage {
namespace {

struct Arguments {
  StudyOptions options;
  std::string conditions;
  std::filesystem::path out = "bench/results/coverage.json";
};

void run(const Arguments& arguments, const std::string& command) {
  const auto& options = arguments.options;
  Results results(arguments.out, command, options.replicates);
  const std::regex wanted(arguments.conditions);
  const auto each = [&](const auto& conditions, const auto& study) {
    for (const auto& condition : conditions) {
      const auto name = condition.name();
      if (!std::regex_search(name, wanted) || results.has(name, options.sets)) continue;
      std::cerr << name << std::endl;
      results.put(name, options.sets, study(condition, options));
    }
  };
  each(all_conditions(), study_intervals);
  each(all_null_conditions(), study_null);
}

}  // namespace
}  // namespace medgraft::coverage

int main(int argc, char** argv) {
  using namespace medgraft;
  coverage::Arguments arguments;
  auto& options = arguments.options;
  options.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App app{"Coverage of intervals and Type I error of tests in simulated data sets."};
  app.add_option("--sets", options.sets, "data sets of a condition")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--replicates", options.replicates, "bootstrap replicates of a data set")
      ->check(CLI::Range(16, 1'000'000));
  app.add_option("--conditions", arguments.conditions,
                 "only those whose name matches this regular expression, such as "
                 "'^patients=50 '");
  app.add_option("--seed", options.seed, "of everything that is drawn");
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--out", arguments.out,
                 "results; what they hold already is not repeated");
  CLI11_PARSE(app, argc, argv);
  try {
    std::string command = "medgraft-coverage";
    for (int i = 1; i < argc; ++i) command += text(" ", argv[i]);
    coverage::run(arguments, command);
  } catch (const std::regex_error& error) {
    std::cerr << "--conditions " << arguments.conditions
              << " is no regular expression: " << error.what() << '\n';
    return 2;
  } catch (const UserError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
