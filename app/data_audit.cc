#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "audit_text.h"
#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/base/number.h"
#include "medgraft/base/time.h"
#include "medgraft/data/audit_record.h"
#include "medgraft/data/contact_sheet.h"
#include "medgraft/image/encode_png.h"

namespace medgraft::app {
namespace {

using data::AuditReport;
using nlohmann::json;

// Pairs of every kind, the leaks first; of a group its first image with each other one.
std::vector<data::FramedPair> pairs_of(const AuditReport& report, size_t limit) {
  std::vector<data::FramedPair> pairs;
  const auto add_group = [&](const auto& images, const Check& check) {
    for (size_t i = 1; i < images.size() && pairs.size() < limit; ++i) {
      pairs.push_back({images[0], images[i], check.color});
    }
  };
  const auto add_similar = [&](const auto& similar, const Check& check) {
    for (const auto& pair : similar) {
      if (pairs.size() < limit) pairs.push_back({pair.first, pair.second, check.color});
    }
  };
  for (const auto& group : report.exact_across_splits) {
    add_group(group.images, kExactAcross);
  }
  add_similar(report.near_across_splits, kNearAcross);
  for (const auto& found : report.label_contradictions) {
    add_group(found.images, kContradictions);
  }
  for (const auto& pair : report.exact_within_split) add_group(pair.images, kExactWithin);
  add_similar(report.near_within_split, kNearWithin);
  add_similar(report.mirrored_across_splits, kMirroredAcross);
  add_similar(report.mirrored_within_split, kMirroredWithin);
  return pairs;
}

void draw_sheet(const std::string& path, std::span<const data::Dataset> datasets,
                const AuditReport& report, bool quiet) {
  constexpr size_t kMaximumPairs = 60;
  constexpr int64_t kColumns = 6, kSide = 96;
  const auto pairs = pairs_of(report, kMaximumPairs);
  const auto sheet = data::pair_sheet(datasets, pairs, kColumns, kSide);
  write_file_atomically(path, image::encode_png(sheet));
  if (quiet) return;
  std::fprintf(stderr, "%s: %zu pairs; frames:", path.c_str(), pairs.size());
  for (const auto& check : kChecks) {
    if (check.frame[0] != 0) std::fprintf(stderr, " %s %s;", check.frame, check.title);
  }
  std::fprintf(stderr, "\n");
}

// A folder that is read-only is no reason to withhold the result.
void keep_record(const std::string& path, const data::Dataset& dataset,
                 const AuditReport& report) {
  try {
    data::write_audit_record(path, dataset, report);
  } catch (const UserError& error) {
    std::fprintf(stderr, "note: the audit is not on record for training: %s\n",
                 error.what());
  }
}

/// A line that moves on a terminal, one now and then elsewhere.
class ReadingProgress {
 public:
  void operator()(int64_t done, int64_t total) {
    constexpr double kTerminalSeconds = 0.2, kLogSeconds = 10;
    const double now = monotonic_seconds();
    const bool is_due = now - last_ >= (is_terminal_ ? kTerminalSeconds : kLogSeconds);
    if (!is_due && !(done == total && shown_)) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "%sreading images %lld/%lld%s", is_terminal_ ? "\r\033[K" : "",
                 static_cast<long long>(done), static_cast<long long>(total),
                 is_terminal_ && done < total ? "" : "\n");
  }

 private:
  bool is_terminal_ = isatty(STDERR_FILENO) == 1, shown_ = false;
  double last_ = monotonic_seconds();
};

}  // namespace

int run_data_audit(Arguments arguments) {
  CommandLine line(
      "data audit",
      "Looks for leaks: patients, exact and near duplicates across splits, and "
      "across data sets given together. Exit code 1 if there are any.");
  std::vector<std::string> paths;
  std::string sheet;
  bool no_pixels = false;
  line.app()
      .add_option("dataset", paths, "folders with a dataset.toml, or those files")
      ->required();
  line.app().add_option("--sheet", sheet, "a picture of the pairs to draw, FILE.png");
  line.app().add_flag("--no-pixels", no_pixels, "look at the tables alone, at no image");
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(sheet.empty() || sheet.ends_with(".png"), "--sheet ends with .png, got ",
          sheet);
  require(sheet.empty() || !no_pixels, "--sheet needs the pixels that --no-pixels skips");
  require(sheet.empty() || common.force || !std::filesystem::exists(sheet), sheet,
          " exists; choose another file, or pass --force to replace it");
  std::vector<data::Dataset> datasets;
  for (const auto& path : paths) {
    datasets.push_back(data::read_dataset(path, {.allow_patient_leaks = true}));
  }
  data::AuditOptions options;
  options.with_pixels = !no_pixels;
  options.threads = common.num_threads();
  if (!common.quiet) options.progress = ReadingProgress();
  const auto report = data::audit(datasets, options);
  const auto out = data::audit_json(datasets, report);
  if (common.json) {
    std::cout << out.dump(2, ' ', false, json::error_handler_t::replace) << std::endl;
  } else {
    print_audit(out);
  }
  if (datasets.size() == 1) keep_record(paths[0], datasets[0], report);
  if (!sheet.empty()) draw_sheet(sheet, datasets, report, common.quiet);
  return report.num_leaks() > 0 ? 1 : 0;
}

}  // namespace medgraft::app
