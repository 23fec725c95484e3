#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "data_commands.h"
#include "medgraft/base/atomic_file.h"
#include "medgraft/base/error.h"
#include "medgraft/data/import.h"
#include "medgraft/data/recipe.h"

namespace medgraft::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void print_json(const json& value) {
  std::printf("%s\n", value.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

json to_json(const data::ImportReport& report, const fs::path& out) {
  return {{"dataset", (out / "dataset.toml").string()},
          {"name", report.name},
          {"kind", report.kind},
          {"labels", report.labels},
          {"images", report.num_images},
          {"cases", report.num_cases},
          {"patients", report.num_patients < 0 ? json() : json(report.num_patients)},
          {"splits", report.splits},
          {"positives", report.positives},
          {"dropped_train_repeats", report.dropped_repeats},
          {"skipped_missing", report.skipped_missing},
          {"notes", report.notes},
          {"patients_across_splits", report.patients_across_splits}};
}

void print_report(const data::ImportReport& report, const fs::path& out) {
  std::printf("%s: %s, %lld images of %lld cases", (out / "dataset.toml").c_str(),
              report.kind.c_str(), static_cast<long long>(report.num_images),
              static_cast<long long>(report.num_cases));
  if (report.num_patients >= 0) {
    std::printf(" of %lld patients\n", static_cast<long long>(report.num_patients));
  } else {
    std::printf("; patients are not known (patient = \"none\")\n");
  }
  for (const auto& [split, count] : report.splits) {
    std::printf("  %-10s %lld images\n", split.empty() ? "no split" : split.c_str(),
                static_cast<long long>(count));
  }
  for (const auto& label : report.labels) {
    const auto found = report.positives.find(label);
    const auto count = found == report.positives.end() ? 0 : found->second;
    std::printf("  %s: %lld images%s\n", label.c_str(), static_cast<long long>(count),
                report.kind == "multiclass" ? "" : " are positive");
  }
}

void print_notes(const data::ImportReport& report, const fs::path& out) {
  for (const auto& note : report.notes) std::fprintf(stderr, "%s\n", note.c_str());
  if (report.dropped_repeats > 0) {
    std::fprintf(stderr,
                 "left out %lld training images whose pixels are those of a val or test "
                 "image\n",
                 static_cast<long long>(report.dropped_repeats));
  }
  if (report.skipped_missing > 0) {
    std::fprintf(stderr, "left out %lld rows whose image is not there\n",
                 static_cast<long long>(report.skipped_missing));
  }
  if (report.patients_across_splits > 0) {
    std::fprintf(
        stderr,
        "warning: %lld patients are in more than one split; training refuses that "
        "until `medgraft data split %s --by patient ...` has made others\n",
        static_cast<long long>(report.patients_across_splits), out.c_str());
  } else if (report.splits.count("") > 0) {
    std::fprintf(stderr,
                 "images without a split: `medgraft data split %s` assigns them\n",
                 out.c_str());
  }
}

// What an import that failed after reading DICOM files leaves for the next.
bool holds_index_alone(const fs::path& folder) {
  std::error_code status;
  int64_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    if (entry.path().filename() != "dicom_index.csv") return false;
    ++count;
  }
  return count > 0;
}

}  // namespace

int run_data_recipes(Arguments arguments) {
  CommandLine line("data recipes", "Lists the built-in recipes.");
  if (!line.parse(arguments)) return 0;
  auto list = json::array();
  for (const auto& builtin : data::builtin_recipes()) {
    const auto recipe = data::parse_recipe(data::read_recipe(std::string(builtin.name)));
    if (!line.common().json) {
      std::printf("%-16s %s\n", std::string(builtin.name).c_str(), recipe.title.c_str());
    }
    list.push_back({{"name", builtin.name},
                    {"title", recipe.title},
                    {"license", recipe.license},
                    {"citation", recipe.citation},
                    {"tree", recipe.tree}});
  }
  if (line.common().json) print_json(list);
  return 0;
}

int run_data_recipe(Arguments arguments) {
  CommandLine line("data recipe", "Prints a recipe and the files that it expects.");
  std::string name;
  line.app().add_option("recipe", name, "built-in name or TOML file")->required();
  if (!line.parse(arguments)) return 0;
  const auto document = data::read_recipe(name);
  const auto recipe = data::parse_recipe(document);
  std::string content;
  for (const auto& builtin : data::builtin_recipes()) {
    if (builtin.name == name) content = builtin.text;
  }
  if (content.empty()) content = read_file(name);
  if (line.common().json) {
    print_json({{"name", name}, {"tree", recipe.tree}, {"text", content}});
  } else {
    std::printf("%s", content.c_str());
  }
  return 0;
}

int run_data_import(Arguments arguments) {
  CommandLine line(
      "data import",
      "Turns a published layout into a data set: manifest.csv and dataset.toml. "
      "Images stay where they are.");
  std::string name, root;
  line.app()
      .add_option("recipe", name, "built-in name (see data recipes) or TOML file")
      ->required();
  line.app().add_option("--root", root, "the unpacked folder, or its parent")->required();
  line.set_footer("Settings of a recipe (--set key=value):\n" +
                  config::settings_help<data::Recipe>());
  if (!line.parse(arguments)) return 0;
  const auto& common = line.common();
  require(common.out.has_value(), "data import takes --out DIR, where the data set goes");

  auto recipe = data::read_recipe(name);
  for (const auto& assignment : common.set) config::override_value(recipe, assignment);
  const fs::path out = *common.out;
  const bool is_new = !fs::exists(out);
  create_output_folder(out, common.force || holds_index_alone(out));
  data::ImportReport report;
  try {
    report = data::import_dataset(recipe, root, out, common.threads);
  } catch (...) {
    std::error_code ignored;
    if (is_new) fs::remove(out, ignored);  // Unless something is in it.
    throw;
  }
  if (common.json) {
    print_json(to_json(report, out));
  } else {
    print_report(report, out);
  }
  if (!common.quiet) print_notes(report, out);
  return 0;
}

}  // namespace medgraft::app
