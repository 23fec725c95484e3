#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

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

// A kind of finding: its key, how a person calls it, and its frame on the sheet (colors
// that the color-blind tell apart; Okabe and Ito 2008).
struct Check {
  const char *key, *title;
  bool is_leak;
  const char* frame;
  std::array<float, 3> color;
};
constexpr Check kPatients = {
    "patients_across_splits", "patients across splits", true, "", {}};
constexpr Check kExactAcross = {"exact_duplicates_across_splits",
                                "exact duplicates across splits",
                                true,
                                "vermilion",
                                {0.84F, 0.37F, 0}};
constexpr Check kNearAcross = {"near_duplicates_across_splits",
                               "near-duplicates across splits",
                               true,
                               "orange",
                               {0.9F, 0.62F, 0}};
constexpr Check kContradictions = {"label_contradictions",
                                   "duplicates with opposite labels",
                                   false,
                                   "purple",
                                   {0.8F, 0.47F, 0.65F}};
constexpr Check kExactWithin = {"exact_duplicates_within_split",
                                "exact duplicates within a split",
                                false,
                                "blue",
                                {0, 0.45F, 0.7F}};
constexpr Check kNearWithin = {"near_duplicates_within_split",
                               "near-duplicates within a split",
                               false,
                               "sky blue",
                               {0.34F, 0.71F, 0.91F}};
constexpr Check kMirroredAcross = {"mirrored_duplicates_across_splits",
                                   "mirror images across splits",
                                   false,
                                   "green",
                                   {0, 0.62F, 0.45F}};
constexpr Check kMirroredWithin = {"mirrored_duplicates_within_split",
                                   "mirror images within a split",
                                   false,
                                   "black",
                                   {0, 0, 0}};
constexpr Check kUnreadable = {"unreadable", "unreadable images", false, "", {}};
constexpr Check kChecks[] = {kPatients,       kExactAcross,    kNearAcross,
                             kContradictions, kExactWithin,    kNearWithin,
                             kMirroredAcross, kMirroredWithin, kUnreadable};

// "name: image (train, ill 1)"
std::string describe(const json& image, bool with_dataset) {
  const auto split = image["split"].is_null() ? std::string("no split")
                                              : image["split"].get<std::string>();
  const auto set = with_dataset ? image["dataset"].get<std::string>() + ": " : "";
  auto out = set + image["image"].get<std::string>() + " (" + split;
  if (image.contains("labels")) {
    for (const auto& [label, value] : image["labels"].items()) {
      out += ", " + label + " " +
             (value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return out + ")";
}

std::string describe_item(const json& item, bool with_dataset) {
  if (item.contains("reason")) {
    return describe(item, with_dataset) + ": " + item["reason"].get<std::string>();
  }
  std::string out;
  if (item.contains("patient"))
    out = "patient " + item["patient"].get<std::string>() + ":";
  constexpr size_t kNamed = 4;
  const auto& images = item["images"];
  for (size_t i = 0; i < images.size() && i < kNamed; ++i) {
    out += (out.empty()                          ? ""
            : item.contains("patient") && i == 0 ? " "
                                                 : ", ") +
           describe(images[i], with_dataset);
  }
  if (images.size() > kNamed) out += text(" and ", images.size() - kNamed, " more");
  if (item.contains("correlation") && item["correlation"] != 1) {
    out += "  r = " + format_fixed(item["correlation"].get<double>(), 4);
  }
  return out;
}

void print_report(const json& report) {
  constexpr size_t kExamples = 3;
  const bool several = report["datasets"].size() > 1;
  bool patients_are_known = false;
  for (const auto& set : report["datasets"]) {
    const bool known = set["patients_are_known"];
    patients_are_known = patients_are_known || known;
    std::printf("%s: %s images, %s cases%s\n", set["name"].get<std::string>().c_str(),
                set["images"].dump().c_str(), set["cases"].dump().c_str(),
                known ? "" : ", patients not known");
  }
  for (const auto& check : kChecks) {
    const auto& found = report[check.key];
    const bool not_known = check.key == kPatients.key && !patients_are_known;
    const bool is_leak =
        check.is_leak && found["count"] != 0 && !found["count"].is_null();
    std::printf("  %-34s %s%s\n", check.title,
                not_known                  ? "not known"
                : found["count"].is_null() ? "not looked at"
                                           : found["count"].dump().c_str(),
                is_leak ? "  LEAK" : "");
    for (size_t i = 0; i < found["items"].size() && i < kExamples; ++i) {
      std::printf("    %s\n", describe_item(found["items"][i], several).c_str());
    }
    if (found["items"].size() > kExamples) std::printf("    ...\n");
  }
  if (report["near_search_complete"] == false) {
    std::printf("  near-duplicates are too many: the search for them ended early\n");
  }
}

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
  options.threads =
      common.threads > 0
          ? common.threads
          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (!common.quiet) options.progress = ReadingProgress();
  const auto report = data::audit(datasets, options);
  const auto out = data::audit_json(datasets, report);
  if (common.json) {
    std::cout << out.dump(2, ' ', false, json::error_handler_t::replace) << std::endl;
  } else {
    print_report(out);
  }
  if (datasets.size() == 1) keep_record(paths[0], datasets[0], report);
  if (!sheet.empty()) draw_sheet(sheet, datasets, report, common.quiet);
  return report.num_leaks() > 0 ? 1 : 0;
}

}  // namespace medgraft::app
