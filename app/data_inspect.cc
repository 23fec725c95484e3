#include <cstdio>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/data/contact_sheet.h"
#include "medgraft/data/summary.h"
#include "medgraft/image/encode_png.h"

namespace medgraft::app {
namespace {

using nlohmann::json;

void print_counts(const char* what, const json& counts) {
  if (counts.empty() || (counts.size() == 1 && counts.contains(""))) return;
  std::printf("    %s:", what);
  for (const auto& [value, count] : counts.items()) {
    std::printf(" %s %lld;", value.empty() ? "(blank)" : value.c_str(),
                static_cast<long long>(count.get<int64_t>()));
  }
  std::printf("\n");
}

// What becomes of a label's uncertain and blank values.
void print_targets(const json& targets) {
  std::printf("      uncertain: %s, blank: %s\n",
              targets["uncertain"].get<std::string>().c_str(),
              targets["blank"].get<std::string>().c_str());
  const bool same = targets["loss"] == targets["metrics"];
  for (const auto* use : {"loss", "metrics"}) {
    if (same && std::string_view(use) == "metrics") continue;
    const auto& counts = targets[use];
    std::printf("      in %s: %s positive, %s negative, ",
                same ? "loss and metrics" : use, counts["positive"].dump().c_str(),
                counts["negative"].dump().c_str());
    if (counts["smoothed"] != 0) {
      std::printf("%s smoothed, ", counts["smoothed"].dump().c_str());
    }
    std::printf("%s left out\n", counts["masked"].dump().c_str());
  }
}

void print_split(const std::string& name, const json& split) {
  std::printf("  %s: %s images, %s cases", name.c_str(), split["images"].dump().c_str(),
              split["cases"].dump().c_str());
  if (!split["patients"].is_null()) {
    std::printf(", %s patients", split["patients"].dump().c_str());
  }
  std::printf("\n");
  json classes = json::object();
  for (const auto& [label, counts] : split["labels"].items()) {
    if (counts.is_object()) {
      print_counts(label.c_str(), counts);
      if (counts["uncertain"] != 0 || counts["blank"] != 0) {
        print_targets(split["targets"][label]);
      }
    } else {
      classes[label] = counts;
    }
  }
  print_counts("classes", classes);
  print_counts("sites", split["sites"]);
  print_counts("views", split["views"]);
  for (const auto& [attribute, counts] : split["attributes"].items()) {
    print_counts(attribute.c_str(), counts);
  }
}

void print_summary(const json& summary) {
  std::printf(
      "%s: %s, %s images, %s cases, patients %s\n",
      summary["name"].get<std::string>().c_str(),
      summary["kind"].get<std::string>().c_str(), summary["images"].dump().c_str(),
      summary["cases"].dump().c_str(),
      summary["patients"].is_null() ? "not known" : summary["patients"].dump().c_str());
  for (const auto* name : {"train", "val", "test", "none"}) {
    if (summary["splits"].contains(name)) print_split(name, summary["splits"][name]);
  }
  const auto& files = summary["files"];
  std::printf("  files\n");
  for (const auto* what : {"sizes", "bit_depths", "formats", "channels"}) {
    print_counts(what, files[what]);
  }
  const auto leaks = summary["patients_across_splits"].get<int64_t>();
  if (leaks > 0) {
    std::printf("  warning: %lld patients are in more than one split\n",
                static_cast<long long>(leaks));
  }
  if (files["unreadable"]["count"] == 0) return;
  std::printf("  unreadable: %s\n", files["unreadable"]["count"].dump().c_str());
  for (const auto& item : files["unreadable"]["items"]) {
    std::printf("    %s: %s\n", item["image"].get<std::string>().c_str(),
                item["reason"].get<std::string>().c_str());
  }
}

}  // namespace

int run_data_inspect(Arguments arguments) {
  constexpr int64_t kColumns = 12, kRows = 8, kSide = 96;
  CommandLine line(
      "data inspect",
      "Counts what a data set holds: splits, labels, sites, views, attributes, "
      "sizes, bit depths.");
  std::string path, sheet;
  line.app()
      .add_option("dataset", path, "folder with a dataset.toml, or that file")
      ->required();
  line.app().add_option("--sheet", sheet, "a contact sheet to draw, FILE.png");
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(sheet.empty() || sheet.ends_with(".png"), "--sheet ends with .png, got ",
          sheet);
  require(sheet.empty() || common.force || !std::filesystem::exists(sheet), sheet,
          " exists; choose another file, or pass --force to replace it");
  const auto dataset = data::read_dataset(path, {.allow_patient_leaks = true});
  auto summary = data::summarize(dataset);
  summary["files"] = data::summarize_files(dataset);
  if (!sheet.empty()) {
    const auto image = data::contact_sheet(dataset, kColumns, kRows, kSide);
    write_file_atomically(sheet, image::encode_png(image));
  }
  if (common.json) {
    std::printf("%s\n",
                summary.dump(2, ' ', false, json::error_handler_t::replace).c_str());
  } else {
    print_summary(summary);
  }
  return 0;
}

}  // namespace medgraft::app
