// medgraft-coverage: how often intervals hold the truth and tests reject a true null
// hypothesis, in simulated data sets. Each condition is written as it is done, so that a
// study that was stopped goes on where it was.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <regex>
#include <thread>

#include "coverage/results.h"
#include "coverage/tally.h"
#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/statistics/bootstrap.h"

namespace medgraft::coverage {
namespace {

struct Options {
  int64_t sets = 2000, replicates = 1000;
  uint64_t seed = 0;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string filter;
  std::filesystem::path out = "bench/results/coverage.json";
};

// A number of the condition's own, so that conditions draw other data sets.
uint64_t key_of(const std::string& name) {
  uint64_t key = 0;
  for (const char c : name) key = mix_key({key, static_cast<uint64_t>(c)});
  return key;
}

std::vector<IntervalTally> study_intervals(const Condition& condition,
                                           const Options& options) {
  const auto truth = truth_of(condition);
  const IntervalPools pools(condition.num_patients, options.replicates, options.seed);
  std::vector<std::vector<Outcome>> sets(static_cast<size_t>(options.sets));
  const uint64_t key = key_of(condition.name());
  statistics::for_each_index(options.sets, options.threads, [&](int64_t i) {
    const auto set = static_cast<uint64_t>(i);
    const auto sample = draw(condition, 1, mix_key({options.seed, key, set}))[0];
    sets[set] = interval_outcomes(condition, truth, sample, pools, set);
  });
  return tally(sets);
}

std::vector<NullTally> study_null(const NullCondition& condition,
                                  const Options& options) {
  std::vector<std::vector<NullOutcome>> sets(static_cast<size_t>(options.sets));
  const NullPools pools(condition, options.replicates, options.seed);
  const uint64_t key = key_of(condition.name());
  statistics::for_each_index(options.sets, options.threads, [&](int64_t i) {
    const auto set = static_cast<uint64_t>(i);
    sets[set] = null_outcomes(condition, pools, set, mix_key({options.seed, key, set}));
  });
  return tally(sets);
}

bool is_wanted(const std::string& name, const Options& options) {
  return std::regex_search(name, std::regex(options.filter));
}

void run(const Options& options, const std::string& command) {
  Results results(options.out, command, options.replicates);
  const auto each = [&](const auto& conditions, const auto& study) {
    for (const auto& condition : conditions) {
      const auto name = condition.name();
      if (!is_wanted(name, options) || results.has(name, options.sets)) continue;
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
  coverage::Options options;
  CLI::App app{"Coverage of intervals and Type I error of tests in simulated data sets."};
  app.add_option("--sets", options.sets, "data sets of a condition")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--replicates", options.replicates, "bootstrap replicates of a data set")
      ->check(CLI::Range(16, 1'000'000));
  app.add_option(
      "--conditions", options.filter,
      "only those whose name matches this regular expression, such as ^patients=50");
  app.add_option("--seed", options.seed, "of everything that is drawn");
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--out", options.out, "results; what they hold already is not repeated");
  CLI11_PARSE(app, argc, argv);
  try {
    std::string command = "medgraft-coverage";
    for (int i = 1; i < argc; ++i) command += text(" ", argv[i]);
    coverage::run(options, command);
  } catch (const UserError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
