#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "bench_commands.h"
#include "command_line.h"
#include "machine.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/rng.h"
#include "medgraft/base/time.h"
#include "medgraft/base/version.h"
#include "medgraft/evaluation/patients.h"
#include "medgraft/evaluation/predictions.h"
#include "medgraft/evaluation/resample_scores.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using evaluation::Predictions;
using nlohmann::json;

int64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// Cases of two thirds as many patients; labels of 2% to 41%; AUROC 0.76.
Predictions draw_predictions(int64_t cases, int64_t labels) {
  Predictions out;
  Rng rng(mix_key({static_cast<uint64_t>(cases), static_cast<uint64_t>(labels)}));
  for (int64_t k = 0; k < labels; ++k) out.names.push_back(text("finding_", k));
  const auto patients = static_cast<uint64_t>(std::max<int64_t>(1, cases * 2 / 3));
  for (int64_t i = 0; i < cases; ++i) {
    out.cases.push_back(text("case", i));
    out.patients.push_back(text("patient", rng.below(patients)));
    out.splits.emplace_back("test");
    out.sites.emplace_back(i % 2 == 0 ? "A" : "B");
    for (int64_t k = 0; k < labels; ++k) {
      const double prevalence = 0.02 + 0.03 * static_cast<double>(k % 14);
      const double label = rng.uniform() < prevalence ? 1 : 0;
      out.labels.push_back(label);
      out.probabilities.push_back(1 / (1 + std::exp(1 - label - rng.normal())));
    }
  }
  return out;
}

struct Timed {
  double seconds;
  evaluation::ScoreTable table;
};

// From rows in memory to every replicate's figures.
Timed time_replicates(const Predictions& predictions,
                      const std::vector<evaluation::Metric>& metrics, int64_t replicates,
                      int threads) {
  const double start = monotonic_seconds();
  std::vector<int64_t> rows(static_cast<size_t>(predictions.num_cases()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const auto aligned = evaluation::align({&predictions}, {rows}, {"bench"});
  const evaluation::Scorer scorer(predictions, rows, aligned.patient_index, {});
  Timed out{0, evaluation::resample_scores(
                   {{&scorer}, metrics, aligned.num_patients, threads}, replicates, 0)};
  out.seconds = monotonic_seconds() - start;
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// Writes `rows` predictions to a temporary file and times reading them.
json time_reading(int64_t rows, int64_t labels) {
  const fs::path path =
      fs::temp_directory_path() / text("medgraft_bench_", getpid(), ".csv");
  struct Removed {
    const fs::path& path;
    ~Removed() {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  } removed{path};
  evaluation::write_predictions(path, draw_predictions(rows, labels));
  const auto bytes = static_cast<int64_t>(fs::file_size(path));
  const double start = monotonic_seconds();
  const auto read = evaluation::read_predictions(path);
  const double seconds = monotonic_seconds() - start;
  return {{"rows", read.num_cases()}, {"file_bytes", bytes}, {"seconds", seconds}};
}

void report(const json& result, const CommonOptions& common) {
  if (common.out) {
    require(common.force || !fs::exists(*common.out), *common.out,
            " exists; choose another --out, or pass --force to replace it");
    write_file_atomically(*common.out, result.dump(2) + "\n");
  }
  if (common.json) {
    std::printf("%s\n", result.dump(2).c_str());
  } else if (!common.quiet) {
    std::printf("AUROC %.2f s, all metrics %.2f s, peak %.0f MB\n",
                result["auroc_seconds"].get<double>(),
                result["all_metrics_seconds"].get<double>(),
                result["peak_bytes"].get<double>() / 1e6);
    if (!result["reading"].is_null()) {
      std::printf("%lld rows read in %.2f s\n",
                  static_cast<long long>(result["reading"]["rows"].get<int64_t>()),
                  result["reading"]["seconds"].get<double>());
    }
  }
}

}  // namespace

int run_bench_statistics(Arguments arguments) {
  CommandLine line(
      "bench statistics",
      "Times the patient-clustered bootstrap of the AUROC and of all metrics, "
      "and reading a large predictions file.");
  int64_t cases = 100000, labels = 14, replicates = 2000, rows = 1000000;
  std::string file;
  const auto count = [&](const char* flag, int64_t& value, const char* what,
                         int64_t least, int64_t most) {
    line.app()
        .add_option(flag, value, what)
        ->capture_default_str()
        ->check(CLI::Range(least, most));
  };
  count("--cases", cases, "cases to draw", 2, 10000000);
  count("--labels", labels, "labels of each", 1, 1000);
  count("--replicates", replicates, "bootstrap replicates", 1, 1000000);
  count("--rows", rows, "rows of the file to read; 0 for none", 0, 10000000);
  line.app().add_option("--predictions", file, "score this file instead of drawn cases");
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  const int threads = common.num_threads();

  const auto predictions =
      file.empty() ? draw_predictions(cases, labels) : evaluation::read_predictions(file);
  const auto auroc =
      time_replicates(predictions, {evaluation::Metric::kAuroc}, replicates, threads);
  const auto all =
      time_replicates(predictions, evaluation::all_metrics(), replicates, threads);
  const int64_t peak = peak_bytes();
  report({{"cases", predictions.num_cases()},
          {"labels", predictions.num_columns()},
          {"replicates", replicates},
          {"threads", threads},
          {"auroc_seconds", auroc.seconds},
          {"all_metrics_seconds", all.seconds},
          {"mean_auroc", mean(auroc.table.column(0, 0))},
          {"peak_bytes", peak},
          {"reading", rows > 0 ? time_reading(rows, labels) : json()},
          {"version", build::kVersion},
          {"compiler", build::kCompiler},
          {"build_type", build::kBuildType},
          {"machine", describe_host()}},
         common);
  return 0;
}

}  // namespace medgraft::app
